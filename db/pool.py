"""How many connections there are, how they rest, and how they are renewed."""

from dataclasses import dataclass
from datetime import timedelta
from time import monotonic
from typing import Any

from sqlalchemy import Connection, event
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool

MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True)
class Pool:
    """So many connections, which Postgres knows by this name."""

    name: str = "slipway"
    least: int = 2
    most: int = 20


def let_the_server_close_surplus(engine: AsyncEngine, kept: int, unused: timedelta) -> None:
    """Connections beyond so many go when nobody has used them for this long. A pool that closes
    them as soon as they come back opens them again for the next burst: each costs Postgres a
    process, and us the preparing of all statements."""
    pool = engine.sync_engine.pool
    assert isinstance(pool, QueuePool)
    milliseconds = unused // MILLISECOND

    @event.listens_for(pool, "connect")
    def limit(connection: Any, entry: ConnectionPoolEntry) -> None:
        place = entry.record_info
        assert place is not None
        # Of the place in the pool, which a new connection takes over from the one before.
        if place.setdefault("surplus", pool.size() + pool.overflow() > kept):
            statement = f"SET idle_session_timeout = {milliseconds}"
            connection.run_async(lambda driver: driver.execute(statement))


def let_the_server_end_idle_transactions(engine: AsyncEngine, after: timedelta) -> None:
    """For a pooler, which knows no settings of sessions: said anew in each transaction. Whoever
    freezes amid one would hold its locks for as long as the pooler lives. Statements that are a
    transaction each hold nothing between them, and are left alone."""
    setting = f"SET LOCAL idle_in_transaction_session_timeout = {after // MILLISECOND}"

    @event.listens_for(engine.sync_engine, "begin")
    def limit(connection: Connection) -> None:
        if connection.get_execution_options().get("isolation_level") != "AUTOCOMMIT":
            connection.exec_driver_sql(setting)


def ping_the_idle(engine: AsyncEngine, after: timedelta) -> None:
    """Renews connections that did not survive their rest; those that rested this long are asked.

    What the server closed properly, as it does when it restarts, is known without asking.
    SQLAlchemy's own `pool_pre_ping` does so at every checkout, and each ping is a transaction of
    three round trips (BEGIN, an empty query, ROLLBACK): as much as most of our units of work.
    """
    sync = engine.sync_engine

    @event.listens_for(sync.pool, "checkin")
    def rest(_connection: Any, entry: ConnectionPoolEntry) -> None:
        entry.info["resting since"] = monotonic()

    @event.listens_for(sync.pool, "checkout")
    def ping(connection: Any, entry: ConnectionPoolEntry, _proxy: object) -> None:
        since = entry.info.get("resting since")
        if since is None:
            return
        if connection.driver_connection.is_closed():
            raise InvalidatePoolError("the server closed the connection")
        if monotonic() - since < after.total_seconds():
            return
        try:
            sync.dialect.do_ping(connection)
        except (sync.dialect.loaded_dbapi.Error, OSError) as error:
            # If the server let go of this one, it let go of its older neighbours too.
            raise InvalidatePoolError("the connection did not survive its rest") from error
