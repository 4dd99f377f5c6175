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
    return {
        **_of_the_cache(redis, keys),
        **_of_limits(redis, keys),
        **_of_guards(redis, keys),
        **_of_sessions(redis, keys),
        **_of_counters(redis, keys),
        "publish": lambda: Bus(redis).publish(said(keys)),
        "status": lambda: status_of(redis, keys),
    }


def _of_the_cache(redis: Redis, keys: Keys) -> Mapping[str, Operation]:
    cache = Cache(redis, keys, Terms(TypeAdapter(int), HOUR))

    async def seven() -> int:
        return 7

    return {
        "get or load": lambda: cache.get_or_load(keys.cached("number", "7"), seven),
        "delete": lambda: cache.delete(keys.cached("number", "8")),
        "delete matching": lambda: cache.delete_matching(keys.cached_pattern("other")),
    }


def _of_limits(redis: Redis, keys: Keys) -> Mapping[str, Operation]:
    limits = Limits(redis, keys)

    async def closed() -> None:
        with suppress(RetryLaterError):
            await limits.take(claim(Outage.CLOSED))

    return {
        "take": lambda: limits.take(claim()),
        "take, open": lambda: limits.take(claim(Outage.OPEN)),
        "take, closed": closed,
        "close": lambda: limits.close(claim(), timedelta(seconds=1)),
    }


def _of_guards(redis: Redis, keys: Keys) -> Mapping[str, Operation]:
    breaker, lock = Breaker(redis, keys), Lock(redis, keys)

    async def held() -> None:
        with suppress(RetryLaterError):
            async with lock.held("work", "x"):
                pass

    async def guarded() -> None:
        with suppress(OSError, RetryLaterError):
            async with breaker.guarding("jira"):
                raise OSError

    return {"lock": held, "breaker": guarded, "breaker view": lambda: breaker.view("jira")}


def _of_sessions(redis: Redis, keys: Keys) -> Mapping[str, Operation]:
    sessions = Sessions(redis, keys)

    async def rebuilt() -> None:
        return None

    return {
        "set session": lambda: sessions.set(LiveState.after(said(keys))),
        "get session": lambda: sessions.get(ID),
        "feel the pulse": lambda: sessions.pulse(ID),
        "rebuild session": lambda: sessions.get_or_rebuild(UUID(int=2), rebuilt),
        "touch session": lambda: sessions.touch(ID),
        "delete session": lambda: sessions.delete(UUID(int=3)),
    }


def _of_counters(redis: Redis, keys: Keys) -> Mapping[str, Operation]:
    counters = Counters(redis, keys)
    return {
        "count": lambda: counters.add(DAY, Tally.once("coder", "CODE", HOUR)),
        "read counts": lambda: counters.read(DAY),
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
