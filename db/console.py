"""Runs the jobs of `python -m db`: finds their servers, and ends with the code of what happened."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import typer

from db.engine import Sessions, open_sessions
from db.exits import AWAY, verdict
from db.pool import Pool
from db.redis_beside import alone
from errors import MissingAddressError
from settings import Settings
from stack.addresses import Given
from stack.embedded import embedded
from stack.user import ServerDownError

NOWHERE = {"temporal": "127.0.0.1:1"}
# Whoever verifies or rebuilds reads the whole ledger.
PATIENCE = timedelta(minutes=10)


@dataclass(frozen=True)
class Servers:
    url: str
    redis_url: str | None


Job = Callable[[str], Awaitable[int | None]]


def with_sessions(job: Callable[[Sessions], Awaitable[int | None]]) -> Job:
    async def opened(url: str) -> int | None:
        async with open_sessions(url, Pool("slipway-db", 1, 2), patience=PATIENCE) as sessions:
            return await job(sessions)

    return opened


def work(job: Job) -> None:
    work_at(lambda at: job(at.url))


def work_alone(job: Job) -> None:
    async def alone_with_it(at: Servers) -> int | None:
        async with alone(at.redis_url):
            return await job(at.url)

    work_at(alone_with_it)


def work_at(job: Callable[[Servers], Awaitable[int | None]]) -> None:
    with failures(), servers(Settings()) as found:
        code = asyncio.run(_awaited(job(found)))
    raise typer.Exit(code)


async def _awaited(job: Awaitable[int | None]) -> int:
    return await job or 0


@contextmanager
def servers(settings: Settings) -> Iterator[Servers]:
    """The direct address, for a pooler is no place to migrate; else our own servers'."""
    if settings.migration_url:
        yield Servers(settings.migration_url, settings.redis_url)
        return
    if settings.production:
        raise MissingAddressError("DATABASE_URL must be set: nothing is embedded in production")
    with embedded(settings.state_dir, Given(**NOWHERE), say) as addresses:
        yield Servers(addresses.database_url, addresses.redis_url)


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


@contextmanager
def failures() -> Iterator[None]:
    """Ends with the exit code of what went wrong, and one line about it."""
    try:
        yield
    except Exception as error:
        found = (AWAY, str(error)) if isinstance(error, ServerDownError) else verdict(error)
        if found is None:
            raise
        code, said = found
        say(f"python -m db: {said}")
        raise typer.Exit(code) from None
