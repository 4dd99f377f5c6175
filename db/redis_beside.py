"""What the upkeep of the database asks of Redis: how it is, and that nobody else is at it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from math import ceil
from typing import assert_never
from uuid import UUID

from sqlalchemy.exc import ProgrammingError

from cache.connection import open_redis
from cache.keys import NOBODY, Keys
from cache.lock import UPKEEP, Lock
from cache.status import status_of
from contracts.breakers import BreakerState, BreakerView
from contracts.redis_status import RedisStatus
from db.engine import open_sessions
from db.fences import showing
from db.identity import Organizations
from db.pool import Pool

# One command asks little and has just begun, on a machine that may be busy.
PATIENCE = timedelta(seconds=3)


@asynccontextmanager
async def alone(redis_url: str | None) -> AsyncIterator[None]:
    """One upkeep at a time over all machines. Without a Redis to ask there is nobody to wait for.
    Raises RetryLaterError while somebody else is at it."""
    if redis_url is None:
        yield
        return
    async with (
        open_redis(redis_url, PATIENCE) as redis,
        Lock(redis, Keys(NOBODY)).held(*UPKEEP) as hold,
    ):
        with showing(UPKEEP[0], hold.fence):
            yield


async def organization_in(database_url: str, slug: str) -> UUID | None:
    """The one whose keys are counted; None before there is a schema."""
    try:
        async with (
            open_sessions(database_url, Pool(least=1, most=1)) as sessions,
            sessions() as session,
        ):
            return await Organizations(session).find(slug)
    except ProgrammingError:
        return None


async def redis_status(redis_url: str | None, organization_id: UUID | None) -> RedisStatus | None:
    """None when there is none, or it does not answer."""
    if redis_url is None:
        return None
    async with open_redis(redis_url, PATIENCE) as redis:
        return await status_of(redis, Keys(organization_id or NOBODY))


def redis_lines(redis_url: str | None, found: RedisStatus | None) -> list[str]:
    if redis_url is None:
        return ["Redis: REDIS_URL is not set"]
    if found is None:
        return ["Redis does not answer; nothing is lost, all is slower"]
    memory = f"{found.used_bytes / 2**20:.1f} MiB of {found.limit_bytes / 2**20:.0f} MiB"
    kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(found.kinds.items()))
    took = found.latency / timedelta(milliseconds=1)
    return [
        f"Redis {found.address}, {found.server}, {took:.1f} ms",
        f"  memory {memory if found.limit_bytes else memory.split(' of ')[0]}, {found.eviction}",
        f"  hit rate {_share(found.hit_rate)}, of the cache {_share(found.cache_hit_rate)}",
        f"  keys: {kinds or 'none'}{'' if found.complete else ' and more'}",
        *(f"  {_told(view)}" for view in found.breakers),
    ]


def _told(view: BreakerView) -> str:
    match view.state:
        case BreakerState.CLOSED:
            return f"{view.provider} failed {view.failures} times within the last minute"
        case BreakerState.OPEN:
            seconds = ceil(view.wait / timedelta(seconds=1))
            return f"{view.provider} fails and is left alone, for {seconds} s more"
        case BreakerState.HALF_OPEN:
            return f"{view.provider} failed, and is being tried again"
        case _:
            assert_never(view.state)


def _share(rate: float | None) -> str:
    return "unknown yet" if rate is None else f"{rate:.0%}"
