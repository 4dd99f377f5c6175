"""The pool against a real server, and against one that stops answering."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import timedelta

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

from db.engine import Sessions, open_sessions
from db.pool import Pool, let_the_server_close_surplus, ping_the_idle
from db.urls import target_of

BACKEND = text("SELECT pg_backend_pid()")


class Wire:
    """A server between us and Postgres that can go silent."""

    def __init__(self, host: str, port: int) -> None:
        self._upstream = host, port
        self.passing = asyncio.Event()
        self.passing.set()
        self.connections = 0

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        silent = self.connections == 1
        there, back = await asyncio.open_connection(*self._upstream)
        try:
            await asyncio.gather(
                self._pump(reader, back, silent), self._pump(there, writer, silent)
            )
        finally:
            writer.close()
            back.close()

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, silent: bool
    ) -> None:
        while data := await reader.read(65536):
            if silent:
                await self.passing.wait()
            writer.write(data)
        writer.close()


@asynccontextmanager
async def wire(url: str) -> AsyncIterator[tuple[Wire, str]]:
    parsed = make_url(url)
    wire = Wire(parsed.host or "", parsed.port or 0)
    async with await asyncio.start_server(wire.carry, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        yield wire, parsed.set(port=port).render_as_string(hide_password=False)
        wire.passing.set()


@pytest.fixture
async def one(postgres_url: str) -> AsyncIterator[Sessions]:
    async with open_sessions(postgres_url, Pool(least=1, most=1)) as sessions:
        yield sessions


async def transactions(sessions: Sessions, database: str) -> int:
    """Of a database, as far as its connections have told: they do when they end."""
    counted = "SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = :name"
    async with sessions() as session:
        return int(await session.scalar(text(counted), {"name": database}) or 0)


async def test_the_pool_adds_no_transactions_of_its_own(
    one: Sessions, new_database: Callable[[], Awaitable[str]]
) -> None:
    url, units = await new_database(), 50
    name = make_url(url).database or ""
    async with open_sessions(url, Pool(least=1)) as sessions:
        for _ in range(units):
            async with sessions.begin() as session:
                await session.execute(text("SELECT 1"))
    async with asyncio.timeout(45):
        counted = 0
        while counted < units:
            await asyncio.sleep(0.05)
            counted = await transactions(one, name)
    # A handful is what a new connection costs.
    assert counted < units + 10


async def test_a_connection_that_the_server_closed_is_replaced(
    one: Sessions, postgres_url: str
) -> None:
    async with one() as session:
        before = await session.scalar(BACKEND)
    async with open_sessions(postgres_url) as others, others() as session:
        await session.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": before})
    async with one() as session:
        assert await session.scalar(BACKEND) != before


async def test_a_connection_that_went_silent_is_replaced(postgres_url: str) -> None:
    async with wire(postgres_url) as (cable, url):
        target = target_of(url)
        args = target.connect_args("test") | {"command_timeout": 2}
        engine = create_async_engine(target.url, connect_args=args, pool_size=1, max_overflow=0)
        ping_the_idle(engine, timedelta(0))
        async with AsyncSession(engine) as session:
            before = await session.scalar(BACKEND)
        cable.passing.clear()
        async with AsyncSession(engine) as session:
            assert await session.scalar(BACKEND) != before
        cable.passing.set()
        await engine.dispose()


async def backends(sessions: Sessions, at_once: int) -> list[int]:
    """Of so many connections that are in use side by side."""
    async with AsyncExitStack() as open:
        each = [await open.enter_async_context(sessions()) for _ in range(at_once)]
        return [await session.scalar(BACKEND) or 0 for session in each]


async def test_what_a_burst_needed_is_kept_for_the_next(postgres_url: str) -> None:
    async with open_sessions(postgres_url, Pool(least=1, most=3)) as sessions:
        first = await backends(sessions, 3)
        assert sorted(await backends(sessions, 3)) == sorted(first)


async def test_what_nobody_uses_is_closed_but_for_the_minimum(
    one: Sessions, postgres_url: str
) -> None:
    target = target_of(postgres_url)
    engine = create_async_engine(target.url, pool_size=3, max_overflow=0)
    ping_the_idle(engine, timedelta(seconds=5))
    let_the_server_close_surplus(engine, 1, timedelta(milliseconds=50))
    sessions = async_sessionmaker(engine)
    burst = await backends(sessions, 3)
    living = text("SELECT pid FROM pg_stat_activity WHERE pid = ANY(:pids)")
    async with asyncio.timeout(45), one() as session:
        while len(left := (await session.scalars(living, {"pids": burst})).all()) > 1:
            await session.rollback()
    assert left == burst[:1]
    assert len(set(await backends(sessions, 3))) == 3
    await engine.dispose()


async def too_slow(sessions: Sessions) -> tuple[int | None, str | None]:
    """Whom it was asked of, and how that ended it: a tenth before we would, which a machine that
    is busy hears of too late."""
    while True:
        with suppress(TimeoutError):
            async with sessions() as session:
                before = await session.scalar(BACKEND)
                with pytest.raises(DBAPIError) as caught:
                    await session.execute(text("SELECT pg_sleep(30)"))
            return before, getattr(caught.value.orig, "sqlstate", None)


async def test_a_statement_that_takes_too_long_ends_and_harms_nobody(postgres_url: str) -> None:
    patience = timedelta(seconds=2)
    async with open_sessions(postgres_url, Pool(most=1), patience=patience) as hurried:
        before, ended_with = await too_slow(hurried)
        assert ended_with == "57014"
        async with hurried() as session:
            assert await session.scalar(BACKEND) == before


async def test_parameters_are_in_no_error(one: Sessions) -> None:
    async with one() as session:
        with pytest.raises(DBAPIError) as caught:
            await session.execute(
                text("SELECT CAST(:secret AS text) || 1 / 0"), {"secret": "hunter2"}
            )
    assert "hunter2" not in str(caught.value)


async def test_slow_statements_are_logged_without_parameters(
    postgres_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, logger="db.engine")
    slow = timedelta(milliseconds=50)
    async with open_sessions(postgres_url, slow=slow) as sessions, sessions() as session:
        statement = text("SELECT pg_sleep(0.06), CAST(:secret AS text)")
        await session.execute(statement, {"secret": "hunter2"})
    # On a machine that is busy others are slow as well.
    assert len([record for record in caplog.records if "pg_sleep" in record.getMessage()]) == 1
    assert "hunter2" not in caplog.text


async def test_a_full_pool_says_so_within_three_seconds(postgres_url: str) -> None:
    async with open_sessions(postgres_url, Pool(least=1, most=1)) as sessions, sessions() as first:
        await first.execute(BACKEND)
        with pytest.raises(PoolTimeoutError):
            async with asyncio.timeout(20), sessions() as second:
                await second.execute(BACKEND)
