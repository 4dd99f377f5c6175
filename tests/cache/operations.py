"""Everything this tier does for anybody, one call of each."""

import asyncio
from asyncio import Task
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from pydantic import TypeAdapter
from redis.asyncio import Redis

from cache.asking import RedisAwayError
from cache.breaker import Breaker
from cache.bus import Bus
from cache.cache import Cache
from cache.connection import patience_of
from cache.counters import Counters
from cache.keys import Keys
from cache.limits import Limits
from cache.lock import Lock
from cache.sessions import LiveSessions
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
# Of the loop, which it takes to close what did not answer.
TURNS = 1000
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

    async def forgotten() -> None:
        with suppress(RedisAwayError):
            await cache.delete_matching(keys.agent_answers("other"))

    return {
        "get or load": lambda: cache.get_or_load(keys.cached("number", "7"), seven),
        "delete": lambda: cache.delete(keys.cached("number", "8")),
        "delete matching": forgotten,
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
    sessions = LiveSessions(redis, keys)

    async def rebuilt(ids: Sequence[UUID]) -> list[LiveState]:
        state = LiveState.after(said(keys))
        return [state.model_copy(update={"orchestration_id": id}) for id in ids]

    return {
        "set session": lambda: sessions.set(LiveState.after(said(keys))),
        "get session": lambda: sessions.get(ID),
        "feel the pulse": lambda: sessions.pulse(ID),
        "rebuild session": lambda: sessions.get_or_rebuild({UUID(int=2): 1}, rebuilt),
        "touch session": lambda: sessions.touch(ID),
        "delete session": lambda: sessions.delete(UUID(int=3)),
    }


def _of_counters(redis: Redis, keys: Keys) -> Mapping[str, Operation]:
    counters = Counters(redis, keys)
    return {
        "count": lambda: counters.add(DAY, Tally.once("coder", "CODE", HOUR)),
        "read counts": lambda: counters.read(DAY),
    }


async def done_late(redis: Redis, keys: Keys) -> set[str]:
    """Does all of them at once; which were not over with their client's patience."""
    tasks = {
        asyncio.create_task(_awaited(operation)): name
        for name, operation in operations(redis, keys).items()
    }
    late = {tasks[task] for task in await unfinished(tasks, patience_of(redis))}
    await asyncio.gather(*tasks)
    return late


async def unfinished(tasks: Collection[Task[None]], patience: timedelta) -> set[Task[None]]:
    """Which of these new tasks are not over with it. Nothing is measured: their time and ours are
    timers of one loop, and a machine that is busy holds both up."""
    # Their time begins before ours.
    await asyncio.sleep(0)
    _, pending = await asyncio.wait(tasks, timeout=patience.total_seconds())
    turns = TURNS
    while pending and turns:
        await asyncio.sleep(0)
        pending = {task for task in pending if not task.done()}
        turns -= 1
    return pending


async def _awaited(operation: Operation) -> None:
    await operation()
