"""A provider's breaker on a real Valkey, shared by all who call it."""

from datetime import timedelta

import pytest
from redis.asyncio import Redis

from cache.breaker import Breaker
from cache.keys import Keys
from contracts.breakers import BreakerState, BreakerView
from errors import RetryLaterError, UnknownIssueError
from tests.faults.patience import until

BRIEF = timedelta(milliseconds=50)


async def fail(breaker: Breaker, times: int = 5) -> None:
    for _ in range(times):
        with pytest.raises(OSError, match="down"):
            async with breaker.guarding("jira"):
                raise OSError("down")


async def viewed(breaker: Breaker) -> BreakerView:
    view = await breaker.view("jira")
    assert view is not None
    return view


async def rested(breaker: Breaker) -> None:
    async def ready() -> bool:
        return not (await viewed(breaker)).wait

    await until(ready, "a probe may be sent")


async def test_it_opens_for_everybody_at_the_fifth_failure(redis: Redis, keys: Keys) -> None:
    breaker = Breaker(redis, keys)
    await fail(breaker, 4)
    assert (await viewed(breaker)).failures == 4
    assert (await viewed(breaker)).state is BreakerState.CLOSED
    await fail(breaker, 1)
    assert (await viewed(Breaker(redis, keys))).state is BreakerState.OPEN
    with pytest.raises(RetryLaterError) as later:
        async with Breaker(redis, keys).guarding("jira"):
            pass
    assert timedelta(seconds=25) < later.value.delay <= timedelta(seconds=30)


async def test_who_is_left_alone_is_so_with_the_reason(redis: Redis, keys: Keys) -> None:
    breaker, said = Breaker(redis, keys), list[str]()
    for _ in range(6):
        with pytest.raises(RetryLaterError) as later:
            async with breaker.guarding("jira"):
                raise RetryLaterError("jira answered 503", BRIEF)
        said.append(str(later.value))
    assert said[4:] == [
        "jira answered 503",
        "jira failed too often of late, at last so: jira answered 503",
    ]


async def test_failures_that_are_long_ago_do_not_count(redis: Redis, keys: Keys) -> None:
    breaker = Breaker(redis, keys)
    seconds, _ = await redis.time()
    long_ago = " ".join(str((int(seconds) - 61) * 1000 + number) for number in range(4))
    await redis.hset(keys.breaker("jira"), mapping={"failures": long_ago})
    assert (await viewed(breaker)).failures == 0
    await fail(breaker, 4)
    assert (await viewed(breaker)).failures == 4
    assert (await viewed(breaker)).state is BreakerState.CLOSED


async def test_an_answer_that_is_a_refusal_is_no_failure(redis: Redis, keys: Keys) -> None:
    breaker = Breaker(redis, keys)
    for _ in range(6):
        with pytest.raises(UnknownIssueError):
            async with breaker.guarding("jira"):
                raise UnknownIssueError("no such issue")
    assert (await viewed(breaker)).failures == 0


async def test_after_its_rest_one_probe_goes_and_the_others_wait(redis: Redis, keys: Keys) -> None:
    await fail(Breaker(redis, keys))
    breaker = Breaker(redis, keys, rest=BRIEF)
    await rested(breaker)
    async with breaker.guarding("jira"):
        patient = Breaker(redis, keys)
        assert (await viewed(patient)).state is BreakerState.HALF_OPEN
        with pytest.raises(RetryLaterError):
            async with patient.guarding("jira"):
                pass
    assert (await viewed(breaker)).state is BreakerState.CLOSED


async def test_a_failed_probe_keeps_it_open(redis: Redis, keys: Keys) -> None:
    await fail(Breaker(redis, keys))
    breaker = Breaker(redis, keys, rest=BRIEF)
    await rested(breaker)
    await fail(breaker, 1)
    assert (await viewed(Breaker(redis, keys))).state is BreakerState.OPEN
    assert (await viewed(Breaker(redis, keys))).wait > timedelta(seconds=25)


async def test_what_began_before_it_opened_neither_closes_nor_prolongs_it(
    redis: Redis, keys: Keys
) -> None:
    breaker = Breaker(redis, keys)
    opened: dict[bytes | str, bytes | str] = {}

    async def late() -> None:
        async with breaker.guarding("jira"):
            await fail(breaker)
            await redis.hincrby(keys.breaker("jira"), "opened", -1000)
            opened.update(await redis.hgetall(keys.breaker("jira")))
            raise OSError("late")

    async with breaker.guarding("jira"):
        with pytest.raises(OSError, match="late"):
            await late()
    assert await redis.hgetall(keys.breaker("jira")) == opened


async def test_a_probe_that_is_never_heard_of_again_is_replaced(redis: Redis, keys: Keys) -> None:
    await fail(Breaker(redis, keys))
    breaker = Breaker(redis, keys, rest=BRIEF)
    await rested(breaker)
    async with breaker.guarding("jira"):
        await rested(breaker)
        async with breaker.guarding("jira"):
            pass


async def test_without_redis_it_is_closed(nowhere: Redis, keys: Keys) -> None:
    breaker = Breaker(nowhere, keys)
    await fail(breaker, 6)
    async with breaker.guarding("jira"):
        pass
    assert await breaker.view("jira") is None
