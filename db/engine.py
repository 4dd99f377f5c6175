"""The connection pool: opened once per process, closed with it."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from time import monotonic
from typing import Any

from sqlalchemy import Connection, event
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)

from db.fences import FencedSession
from db.pool import (
    Pool,
    let_the_server_close_surplus,
    let_the_server_end_idle_transactions,
    ping_the_idle,
)
from db.urls import Target, target_of

log = logging.getLogger(__name__)

Sessions = async_sessionmaker[AsyncSession]

POOL = Pool()
PATIENCE = timedelta(seconds=10)
FAREWELL = timedelta(seconds=0.2)
IDLE = timedelta(seconds=5)
UNUSED = timedelta(minutes=1)
# In patiences. Longer than any statement takes, even where only the client gives up.
IDLE_TRANSACTION = 3
SHOWN = 500


@asynccontextmanager
async def open_sessions(
    url: str,
    pool: Pool = POOL,
    *,
    slow: timedelta | None = None,
    patience: timedelta = PATIENCE,
) -> AsyncIterator[Sessions]:
    """Connects at the first use. Connections beyond the least are closed once nobody has used them
    for a minute; behind a pooler they cost its server nothing, and stay. Statements that take
    longer than `slow` are logged, never their parameters; those that take longer than `patience`
    fail.

    Raises InvalidDatabaseUrlError.
    """
    target = target_of(url)
    engine = create_async_engine(
        target.url,
        connect_args=_connect_args(target, pool.name, patience),
        pool_size=max(pool.most, 1),
        max_overflow=0,
        # What was used last knows the statements that are used most.
        pool_use_lifo=True,
        pool_timeout=3,
        # Servers that scale to zero drop their connections after five minutes.
        pool_recycle=300,
        hide_parameters=True,
    )
    ping_the_idle(engine, IDLE)
    if target.pooled:
        let_the_server_end_idle_transactions(engine, IDLE_TRANSACTION * patience)
    else:
        let_the_server_close_surplus(engine, pool.least, UNUSED)
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
async def each_by_itself(sessions: Sessions) -> AsyncIterator[AsyncSession]:
    """For statements that are a transaction each: one alone, or several that need no common one.
    BEGIN and COMMIT would be two more round trips."""
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
        "idle_in_transaction_session_timeout": milliseconds(IDLE_TRANSACTION),
    }
    # Only this one helps against a server that is frozen, or behind a pooler.
    limit = {"command_timeout": patience.total_seconds()}
    return target.connect_args(application_name, **settings) | limit


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
