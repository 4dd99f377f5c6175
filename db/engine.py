"""The connection pool: opened once per process, closed with it."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from time import monotonic
from typing import Any

from sqlalchemy import Connection, event
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)
from sqlalchemy.pool import ConnectionPoolEntry

from db.fences import FencedSession
from db.urls import Target, target_of

log = logging.getLogger(__name__)

Sessions = async_sessionmaker[AsyncSession]

PATIENCE = timedelta(seconds=10)
FAREWELL = timedelta(seconds=0.2)
IDLE = timedelta(seconds=5)
SHOWN = 500


@asynccontextmanager
async def open_sessions(
    url: str,
    *,
    pool_min: int = 2,
    pool_max: int = 20,
    application_name: str = "slipway",
    slow: timedelta | None = None,
    patience: timedelta = PATIENCE,
) -> AsyncIterator[Sessions]:
    """Connects at the first use. Statements that take longer than `slow` are logged, never their
    parameters; those that take longer than `patience` fail.

    Raises InvalidDatabaseUrlError.
    """
    target = target_of(url)
    engine = create_async_engine(
        target.url,
        connect_args=_connect_args(target, application_name, patience),
        pool_size=max(pool_min, 1),
        max_overflow=max(pool_max - max(pool_min, 1), 0),
        pool_timeout=3,
        # Servers that scale to zero drop their connections after five minutes.
        pool_recycle=300,
        hide_parameters=True,
    )
    ping_the_idle(engine, IDLE)
    if slow is not None:
        _log_the_slow(engine, slow)
    try:
        yield async_sessionmaker(engine, expire_on_commit=False, sync_session_class=FencedSession)
    finally:
        await engine.dispose()


@asynccontextmanager
async def at_most(patience: timedelta) -> AsyncIterator[None]:
    """Raises TimeoutError after it. A server that is frozen says no farewell either, for which
    SQLAlchemy would wait two seconds more."""
    async with (
        asyncio.timeout((patience + FAREWELL).total_seconds()),
        asyncio.timeout(patience.total_seconds()),
    ):
        yield


@asynccontextmanager
async def one_statement(sessions: Sessions) -> AsyncIterator[AsyncSession]:
    """For a unit of work that is one statement, which is a transaction by itself: BEGIN and COMMIT
    would be two more round trips."""
    async with sessions() as session:
        await session.connection(execution_options={"isolation_level": "AUTOCOMMIT"})
        yield session


def _connect_args(target: Target, application_name: str, patience: timedelta) -> dict[str, Any]:
    def milliseconds(share: float) -> str:
        return str(int(patience / timedelta(milliseconds=1) * share))

    settings = {
        # The server gives up first: its error leaves the connection usable.
        "statement_timeout": milliseconds(0.9),
        "lock_timeout": milliseconds(0.5),
        "idle_in_transaction_session_timeout": milliseconds(3),
    }
    # Only this one helps against a server that is frozen, or behind a pooler.
    limit = {"command_timeout": patience.total_seconds()}
    return target.connect_args(application_name, **settings) | limit


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


def _log_the_slow(engine: AsyncEngine, slow: timedelta) -> None:
    @event.listens_for(engine.sync_engine, "before_cursor_execute")
    def begin(connection: Connection, *_: object) -> None:
        connection.info["statement began"] = monotonic()

    @event.listens_for(engine.sync_engine, "after_cursor_execute")
    def end(connection: Connection, _cursor: object, statement: str, *_: object) -> None:
        took = timedelta(seconds=monotonic() - connection.info["statement began"])
        if took > slow:
            shown = " ".join(statement.split())[:SHOWN]
            log.warning("slow statement, %.3f s: %s", took.total_seconds(), shown)
