"""Each way in which a schema can differ is seen, and said by its name."""

import pytest
from sqlalchemy import text

from db.maintenance import connected
from db.schema import differences


@pytest.mark.parametrize(
    ("damage", "named"),
    [
        ("DROP INDEX uq_orchestrations_running", "uq_orchestrations_running is missing"),
        ("ALTER TABLE issues DROP COLUMN due_date", "column issues.due_date is missing"),
        ("ALTER TABLE users DROP COLUMN active, ADD hobby text", "users.hobby is not one of ours"),
        ("ALTER TABLE orchestrations DROP CONSTRAINT ck_orchestrations_status", "status is missi"),
        ("ALTER TABLE events ALTER payload DROP NOT NULL", "events.payload: nullable is True"),
        ("ALTER TABLE events ALTER payload TYPE json", "events.payload: type is JSON, not JSONB"),
        ("DROP VIEW agent_metrics", "view agent_metrics is missing"),
        ("DROP TABLE approval_decisions", "table approval_decisions is missing"),
        ("ALTER TABLE labels DROP CONSTRAINT uq_labels_organization_id_name", "uq_labels_organi"),
        ("ALTER TABLE events DROP CONSTRAINT fk_events_orchestration_id", "fk_events_orchestrat"),
    ],
)
async def test_a_difference_is_named(database_url: str, damage: str, named: str) -> None:
    async with connected(database_url) as connection:
        await connection.execute(text(damage))
        (found,) = [words for words in await connection.run_sync(differences) if named in words]
        await connection.rollback()
    assert found


async def test_a_migrated_database_has_none(database_url: str) -> None:
    async with connected(database_url) as connection:
        assert await connection.run_sync(differences) == []
