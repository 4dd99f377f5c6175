"""Everything this tier does for anybody, one call of each."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from pydantic import TypeAdapter
from redis.asyncio import Redis

from cache.breaker import Breaker
from cache.bus import Bus
from cache.cache import Cache
from cache.counters import Counters
from cache.keys import Keys
from cache.limits import Limits
from cache.lock import Lock
from cache.sessions import Sessions
from cache.status import status_of
from cache.terms import Terms
from contracts.counters import Tally
from contracts.limits import Claim, Limit, Outage
from contracts.live import LiveBatch
from contracts.sessions import LiveState
from errors import RetryLaterError

DAY = date(2026, 11, 3)
HOUR = timedelta(hours=1)
ID = UUID(int=1)
Operation = Callable[[], Awaitable[object]]


def claim(outage: Outage = Outage.PER_PROCESS) -> Claim:
    limit = Limit(scope=f"scope-{outage}", tokens=1000, per=HOUR, outage=outage)
    return Claim(limit=limit, of=("somebody",))


def said(keys: Keys) -> LiveBatch:
    return LiveBatch(
        organization_id=keys.organization_id,
        project_id=ID,
        orchestration_id=ID,
        event="PhaseStarted",
        sequence=1,
        timestamp=datetime.now(UTC),
        payload={"status": "ACTIVE"},
    )


def operations(redis: Redis, keys: Keys) -> Mapping[str, Operation]:
    """None of them may fail for anything that happens to Redis, but with RetryLaterError."""
    cache = Cache(redis, keys, Terms(TypeAdapter(int), HOUR))
    limits, sessions, counters = Limits(redis, keys), Sessions(redis, keys), Counters(redis, keys)
    breaker, lock, batch = Breaker(redis, keys), Lock(redis, keys), said(keys)

    async def seven() -> int:
        return 7

    async def held() -> None:
        with suppress(RetryLaterError):
            async with lock.held("work", "x"):
                pass

    async def closed() -> None:
        with suppress(RetryLaterError):
            await limits.take(claim(Outage.CLOSED))

    async def guarded() -> None:
        with suppress(OSError, RetryLaterError):
            async with breaker.guarding("jira"):
                raise OSError

    async def rebuilt() -> None:
        return None

    return {
        "get or load": lambda: cache.get_or_load(keys.cached("number", "7"), seven),
        "delete": lambda: cache.delete(keys.cached("number", "8")),
        "delete matching": lambda: cache.delete_matching(keys.cached_pattern("other")),
        "take": lambda: limits.take(claim()),
        "take, open": lambda: limits.take(claim(Outage.OPEN)),
        "take, closed": closed,
        "close": lambda: limits.close(claim(), timedelta(seconds=1)),
        "lock": held,
        "breaker": guarded,
        "breaker view": lambda: breaker.view("jira"),
        "set session": lambda: sessions.set(LiveState.after(batch)),
        "get session": lambda: sessions.get(ID),
        "rebuild session": lambda: sessions.get_or_rebuild(UUID(int=2), rebuilt),
        "touch session": lambda: sessions.touch(ID),
        "delete session": lambda: sessions.delete(UUID(int=3)),
        "publish": lambda: Bus(redis).publish(batch),
        "count": lambda: counters.add(DAY, Tally.once("coder", "CODE", HOUR)),
        "read counts": lambda: counters.read(DAY),
        "status": lambda: status_of(redis, keys),
    }


async def durations(redis: Redis, keys: Keys) -> dict[str, float]:
    """How many seconds each takes, all at once."""
    clock = asyncio.get_running_loop().time

    async def timed(operation: Operation) -> float:
        begun = clock()
        await operation()
        return clock() - begun

    named = operations(redis, keys)
    took = await asyncio.gather(*(timed(operation) for operation in named.values()))
    return dict(zip(named, took, strict=True))
