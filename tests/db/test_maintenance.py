"""`python -m db`, as an operator meets it."""

import asyncio
import json
import os
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import text

from db.engine import open_sessions
from db.ledger import Ledger
from db.maintenance import connected, downgrade, status, upgrade
from db.pool import Pool
from db.projects import Projects
from db.seeds import seed
from tests.cli.person import at_terminal
from tests.db.chains import Author
from tests.db.commands import NOBODY, URLS, db

ROOT = Path(__file__).resolve().parents[2]


async def execute(url: str, sql: str) -> list[tuple[object, ...]]:
    async with connected(url) as connection:
        result = await connection.execute(text(sql))
        return [tuple(row) for row in result.all()] if result.returns_rows else []


async def test_a_fresh_database_is_migrated_and_verified(empty: str) -> None:
    before, to_come = await db("verify"), (await status(empty)).pending
    assert (before.exit_code, before.output) == (
        1,
        f"the schema is at base, {len(to_come)} behind {to_come[-1]}: python -m db migrate\n",
    )
    assert (await db("migrate")).output == f"the schema is at {to_come[-1]}\n"
    assert (await db("verify")).exit_code == 0


async def test_migrate_stops_where_it_is_told(empty: str) -> None:
    to_come = (await status(empty)).pending
    assert (await db("migrate", "--to", "0003")).exit_code == 0
    found = json.loads((await db("status", "--json")).output)
    assert found["revision"] == "0003"
    assert found["pending"] == list(to_come[3:])
    assert "to come: 0004" in (await db("status")).output


async def test_migrating_never_takes_the_schema_down(url: str) -> None:
    result = await db("migrate", "--to", "0001")
    assert (result.exit_code, "python -m db downgrade" in result.output) == (2, True)
    assert "the schema is as the code expects it" in (await db("verify")).output


async def test_a_revision_nobody_knows_is_wrong_use(empty: str) -> None:
    for command in (("migrate", "--to", "nope"), ("migrate", "--to", "nope", "--dry-run")):
        result = await db(*command)
        assert result.exit_code == 2
        assert "nope" in result.output


async def test_a_dry_run_shows_the_sql_and_does_nothing(empty: str) -> None:
    result = await db("migrate", "--dry-run")
    assert result.exit_code == 0
    assert "CREATE TABLE orchestrations" in result.output
    assert (await status(empty)).revision is None


async def test_a_dry_run_shows_only_what_is_to_come(empty: str) -> None:
    await upgrade(empty, "0007")
    shown = (await db("migrate", "--dry-run")).output
    assert "CREATE VIEW agent_metrics" in shown
    assert "CREATE TABLE approvals" not in shown


async def test_what_a_dry_run_shows_can_be_run_where_everything_was_taken_down(empty: str) -> None:
    await upgrade(empty, "0003")
    await downgrade(empty, "base")
    shown = (await db("migrate", "--to", "0003", "--dry-run")).output
    connection = await asyncpg.connect(empty)  # type: ignore[no-untyped-call] # asyncpg's
    await connection.execute(shown)
    await connection.close()
    assert (await status(empty)).revision == "0003"


async def test_down_is_one_step_unless_told(empty: str) -> None:
    await upgrade(empty, "0008")
    assert (await db("downgrade", "--yes")).output == "the schema is at 0007\n"
    assert (await db("downgrade", "--to", "base", "--yes")).output == "the schema is at base\n"


async def test_down_is_refused_where_nobody_can_be_asked(empty: str) -> None:
    await upgrade(empty, "0008")
    result = await db("downgrade")
    assert (result.exit_code, "--yes" in result.output) == (2, True)
    assert (await status(empty)).revision == "0008"


@pytest.mark.parametrize(
    ("answer", "code", "revision"), [("n", 1, "0008"), ("\x03", 1, "0008"), ("y", 0, "0007")]
)
async def test_down_asks_the_person_at_the_terminal(
    empty: str, answer: str, code: int, revision: str
) -> None:
    await upgrade(empty, "0008")
    variables = {"DATABASE_URL": empty, "PYTHONPATH": str(ROOT), "PATH": os.defpath}
    command, talk = ["-m", "db", "downgrade"], ("[y/N]", answer)
    found, shown = await asyncio.to_thread(at_terminal, command, variables, talk)
    assert found == code, shown
    assert "takes its rows with it" in shown
    assert (await status(empty)).revision == revision


async def test_verify_names_what_differs(url: str) -> None:
    await execute(url, "DROP INDEX uq_orchestrations_running")
    result = await db("verify")
    assert result.exit_code == 1
    assert "uq_orchestrations_running is missing" in result.output
    found = json.loads((await db("verify", "--json")).output)
    assert found["ok"] is False
    assert len(found["differences"]) == 1


async def test_tables_of_others_do_not_matter(url: str) -> None:
    await execute(url, "CREATE TABLE theirs (id int PRIMARY KEY)")
    assert (await db("verify")).exit_code == 0
    assert (await db("reset", "--confirm")).exit_code == 0
    assert await execute(url, "SELECT count(*) FROM theirs") == [(0,)]


async def test_seeding_twice_is_seeding_once(url: str) -> None:
    for _ in range(2):
        result = await db("seed", "--email", "Boss@Example.org", "--name", "The Boss")
        assert result.exit_code == 0, result.output
    assert await execute(url, "SELECT slug FROM organizations") == [("default",)]
    assert await execute(
        url, "SELECT name, role FROM users JOIN memberships ON user_id = users.id"
    ) == [("The Boss", "ADMIN")]
    assert await execute(url, "SELECT count(*) FROM statuses") == [(5,)]


async def test_reset_wants_a_word_and_never_touches_production(
    url: str, environment: pytest.MonkeyPatch
) -> None:
    await db("seed")
    assert (await db("reset")).exit_code == 2
    environment.setenv("SLIPWAY_ENV", "production")
    assert (await db("reset", "--confirm")).exit_code == 2
    assert await execute(url, "SELECT count(*) FROM organizations") == [(1,)]
    environment.setenv("SLIPWAY_ENV", "development")
    assert (await db("reset", "--confirm")).exit_code == 0
    assert await execute(url, "SELECT count(*) FROM organizations") == [(0,)]


async def test_reset_mends_what_migrations_cannot(url: str) -> None:
    await execute(url, "DROP TABLE approval_decisions, approvals")
    await execute(url, "UPDATE alembic_version SET version_num = 'of another tool'")
    assert (await db("reset", "--confirm")).exit_code == 0
    assert (await db("verify")).exit_code == 0


async def test_a_tampered_table_is_named_and_rebuilt(url: str) -> None:
    async with open_sessions(url, Pool(most=1)) as sessions:
        organization = await seed(sessions)
        async with sessions.begin() as session:
            project = await Projects(session, organization).create("PROJ", "/repo")
            author = Author(organization, project.id)
            await Ledger(session).append(author.run_id, author.start())
    assert (await db("verify-ledger")).exit_code == 0
    await execute(url, "UPDATE orchestrations SET branch = 'other'")
    result = await db("verify-ledger")
    assert result.exit_code == 1
    assert f"orchestrations {author.orchestration_id}" in result.output
    assert (await db("rebuild")).output == "made anew: 1\n"
    assert (await db("verify-ledger")).exit_code == 0
    await execute(url, "UPDATE events SET payload = jsonb_set(payload, '{branch}', '\"other\"')")
    refused = await db("rebuild")
    assert (refused.exit_code, "event 1 (OrchestrationStarted)" in refused.output) == (1, True)
    left = await db("rebuild", "--leave-broken")
    assert (left.exit_code, left.output.splitlines()[-1]) == (0, "made anew: 0")
    assert left.output.startswith("left as it is: event 1 (OrchestrationStarted)")
    await execute(url, "DELETE FROM events")
    gone = await db("rebuild")
    assert (gone.exit_code, "its head is not in the ledger" in gone.output) == (1, True)


@pytest.mark.parametrize("direct", URLS[1:])
async def test_migrations_go_around_the_pooler(
    url: str, environment: pytest.MonkeyPatch, direct: str
) -> None:
    environment.setenv("DATABASE_URL", NOBODY)
    environment.setenv(direct, url)
    assert (await db("verify")).exit_code == 0
