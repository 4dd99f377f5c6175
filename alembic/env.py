"""Runs the migrations: on the connection it is given, else offline, as SQL."""

from alembic import context
from sqlalchemy import Connection, text

from db.models import Base

# Somebody's long query must not hold up everybody who queues behind our lock.
LOCK_TIMEOUT = "SET LOCAL lock_timeout = '10s'"
ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtextextended('slipway migrations', 0))"


def migrate(connection: Connection) -> None:
    context.configure(connection=connection, target_metadata=Base.metadata)
    with context.begin_transaction():
        connection.execute(text(ONE_AT_A_TIME))
        connection.execute(text(LOCK_TIMEOUT))
        context.run_migrations()


def print_sql() -> None:
    context.configure(dialect_name="postgresql", literal_binds=True, target_metadata=Base.metadata)
    with context.begin_transaction():
        context.run_migrations()


if context.is_offline_mode():
    print_sql()
else:
    migrate(context.config.attributes["connection"])
