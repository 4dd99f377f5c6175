"""The schema's care: bringing it up and down, and finding what differs from the code."""

import asyncio
import io
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from pydantic import BaseModel
from sqlalchemy import Connection, NullPool, text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from db.models import Base
from db.schema import VIEWS
from db.schema import differences as schema_differences
from db.urls import target_of
from errors import PermanentError

INI = Path(__file__).parents[1] / "alembic.ini"

# Whoever waits for a table's lock makes everybody after them wait too.
PATIENCE = timedelta(seconds=10)

MADE_ONCE = ("CREATE TABLE alembic_version", "CREATE TABLE IF NOT EXISTS alembic_version")

# Alembic's `context` is one for the whole process: two runs side by side would mix their
# connections up. Processes take turns by a lock in Postgres, see alembic/env.py.
ALEMBIC = asyncio.Lock()


class UnknownRevisionError(PermanentError):
    """A revision that is not among the migrations here."""


class SchemaStatus(BaseModel, frozen=True):
    """`revision` is None before the first migration. `newer`: made by a later version of ours."""

    database: str
    server: str
    revision: str | None
    head: str
    pending: tuple[str, ...]
    newer: bool


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[AsyncConnection]:
    """One transaction on a connection of its own, with all the time it needs."""
    target = target_of(url)
    arguments = target.connect_args("slipway-migrations")
    arguments |= {"statement_cache_size": 0, "prepared_statement_cache_size": 0}
    engine = create_async_engine(target.url, connect_args=arguments, poolclass=NullPool)
    try:
        async with engine.begin() as connection:
            yield connection
    finally:
        await engine.dispose()


async def upgrade(url: str, to: str = "head", *, patience: timedelta = PATIENCE) -> None:
    """All or nothing, and harmless when several do it at once. Waits for a table that is in use
    no longer than `patience`. Raises UnknownRevisionError."""
    await _run(url, patience, lambda config: command.upgrade(config, to))


async def downgrade(url: str, to: str, *, patience: timedelta = PATIENCE) -> None:
    """Drops what the revisions after `to` made, with the data in it; else like `upgrade`."""
    await _run(url, patience, lambda config: command.downgrade(config, to))


async def dry_run(url: str, to: str) -> str:
    """What `upgrade` would do, as SQL; nothing is done."""
    since = (await status(url)).revision or "base"
    written = io.StringIO()
    config = Config(INI, output_buffer=written)
    with _named_revisions():
        command.upgrade(config, f"{since}:{to}", sql=True)
    # Alembic can't know that its own table is there already: `downgrade --to base` leaves it.
    return written.getvalue().replace(*MADE_ONCE)


async def pending(url: str) -> tuple[str, ...]:
    """The revisions that the database lacks; none when a later version of ours made it."""
    return (await status(url)).pending


async def status(url: str) -> SchemaStatus:
    async with connected(url) as connection:
        return await connection.run_sync(_status)


async def differences(url: str) -> list[str]:
    """What the schema lacks or has too much, in words; empty when the code can work with it."""
    found = await status(url)
    if found.pending:
        at, number = found.revision or "base", len(found.pending)
        return [f"the schema is at {at}, {number} behind {found.head}: python -m db migrate"]
    async with connected(url) as connection:
        return await connection.run_sync(schema_differences)


async def reset(url: str) -> None:
    """Drops our tables with all that is in them, whatever state they are in, and makes them
    anew. What others keep in the same database stays."""
    tables = ", ".join([*Base.metadata.tables, "alembic_version"])
    async with connected(url) as connection:
        await connection.execute(text(f"DROP VIEW IF EXISTS {', '.join(VIEWS)}"))
        await connection.execute(text(f"DROP TABLE IF EXISTS {tables} CASCADE"))
    await upgrade(url)


async def _run(url: str, patience: timedelta, work: Callable[[Config], None]) -> None:
    def on(connection: Connection) -> None:
        config = Config(INI, attributes={"connection": connection, "patience": patience})
        with _named_revisions():
            work(config)

    async with ALEMBIC, connected(url) as connection:
        await connection.run_sync(on)


def _status(connection: Connection) -> SchemaStatus:
    scripts = ScriptDirectory.from_config(Config(INI))
    ours = [script.revision for script in scripts.walk_revisions()][::-1]
    revision = MigrationContext.configure(connection).get_current_revision()
    newer = revision is not None and revision not in ours
    done = len(ours) if newer else ours.index(revision) + 1 if revision else 0
    database, server = connection.execute(
        text("SELECT current_database(), current_setting('server_version')")
    ).one()
    return SchemaStatus(
        database=database,
        server=server,
        revision=revision,
        head=ours[-1],
        pending=tuple(ours[done:]),
        newer=newer,
    )


@contextmanager
def _named_revisions() -> Iterator[None]:
    """Alembic's complaints are about revisions: which one is unknown, or where it leads."""
    try:
        yield
    except CommandError as error:
        raise UnknownRevisionError(str(error)) from error
