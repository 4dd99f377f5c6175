"""Runs the migrations: on the connection it is given, else on the database of the settings."""

import asyncio
from datetime import timedelta

from alembic import context
from sqlalchemy import Connection, text

from db.maintenance import PATIENCE, connected
from db.models import Base
from errors import MissingAddressError
from settings import Settings

# One migration at a time, and the next one sees what the one before it did. A lock that is held
# goes with its transaction, so a pooler does no harm, and a killed migration leaves nothing.
TURN = (
    "SET LOCAL statement_timeout = 0",
    "SET LOCAL lock_timeout = '5min'",
    "SELECT pg_advisory_xact_lock(hashtextextended('slipway migrations', 0))",
)


def migrate(connection: Connection) -> None:
    context.configure(connection=connection, target_metadata=Base.metadata)
    patience = context.config.attributes.get("patience", PATIENCE) // timedelta(milliseconds=1)
    with context.begin_transaction():
        for statement in (*TURN, f"SET LOCAL lock_timeout = {patience}"):
            connection.execute(text(statement))
        context.run_migrations()


def print_sql() -> None:
    context.configure(dialect_name="postgresql", literal_binds=True, target_metadata=Base.metadata)
    with context.begin_transaction():
        context.run_migrations()


async def connect_and_migrate() -> None:
    url = Settings().migration_url
    if url is None:
        raise MissingAddressError("DATABASE_URL must be set; `python -m db` finds the embedded one")
    async with connected(url) as connection:
        await connection.run_sync(migrate)


if context.is_offline_mode():
    print_sql()
elif (given := context.config.attributes.get("connection")) is not None:
    migrate(given)
else:
    asyncio.run(connect_and_migrate())
