"""Whether a database is prepared, asked without Alembic."""

from db.engine import Sessions
from db.maintenance import status
from db.revisions import is_prepared, newest
from tests.conftest import TestOrganization


async def test_the_newest_revision_is_alembic_s_head(database_url: str) -> None:
    assert (await status(database_url)).head == newest()


async def test_a_database_is_prepared_once_it_has_schema_and_organization(
    sessions: Sessions, organization: TestOrganization
) -> None:
    assert await is_prepared(sessions, organization.slug)
    assert not await is_prepared(sessions, "nobody-has-seeded-this")
