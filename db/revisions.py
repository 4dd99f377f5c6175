"""Which schema the code needs and the database has, asked without loading Alembic."""

from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from db.engine import Sessions
from db.identity import Organizations

VERSIONS = Path(__file__).parents[1] / "alembic" / "versions"


def newest() -> str:
    """The files' names begin with their revisions, which count up."""
    return max(path.name.partition("_")[0] for path in VERSIONS.glob("[0-9]*.py"))


async def is_prepared(sessions: Sessions, slug: str) -> bool:
    """Whether the schema is the code's and the organization is there: then there is nothing to
    migrate or seed."""
    try:
        async with sessions() as session:
            revision = await session.scalar(text("SELECT version_num FROM alembic_version"))
            return revision == newest() and await Organizations(session).find(slug) is not None
    except ProgrammingError:  # No such table: nobody has migrated it yet.
        return False
