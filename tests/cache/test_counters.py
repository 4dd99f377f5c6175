"""Counts and timings on a real Valkey, bounded whatever agents are called."""

from datetime import date, timedelta

from redis.asyncio import Redis

from cache.counters import Counters
from cache.keys import Keys
from contracts.counters import Tally

DAY = date(2026, 11, 3)
SECOND = timedelta(seconds=1)


async def test_each_agent_and_phase_of_a_day_is_counted_and_timed(redis: Redis, keys: Keys) -> None:
    counters = Counters(redis, keys)
    for took, failed in ((SECOND, False), (3 * SECOND, True), (2 * SECOND, False)):
        await counters.add(DAY, Tally.once("the coder: v1", "CODE", took, failed))
    await counters.add(DAY, Tally.once("planner", "PLAN", SECOND))
    await counters.add(date(2026, 11, 4), Tally.once("planner", "PLAN", SECOND))
    planner, coder = await counters.read(DAY)
    assert coder == Tally(
        agent="the coder: v1",
        phase="CODE",
        count=3,
        failed=1,
        total=6 * SECOND,
        longest=3 * SECOND,
    )
    assert (coder.mean, planner.count) == (2 * SECOND, 1)


async def test_beyond_the_bound_all_share_one_tally(redis: Redis, keys: Keys) -> None:
    counters = Counters(redis, keys, most=3)
    for number in range(10):
        await counters.add(DAY, Tally.once(f"agent-{number}", "CODE", SECOND))
    tallies = {tally.agent: tally.count for tally in await counters.read(DAY)}
    assert tallies == {"agent-0": 1, "agent-1": 1, "agent-2": 1, "others": 7}


async def test_without_redis_nothing_is_counted_and_nobody_fails(
    nowhere: Redis, keys: Keys
) -> None:
    counters = Counters(nowhere, keys)
    await counters.add(DAY, Tally.once("planner", "PLAN", SECOND))
    assert await counters.read(DAY) == []
