"""Buckets of tokens on a real Valkey, and what a limit does without one."""

import asyncio
import logging
from datetime import timedelta
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis

from cache.keys import Keys
from cache.limits import Limits
from cache.local_buckets import MOST, LocalBuckets
from contracts.limits import NOW, Claim, Limit, Outage
from errors import PermanentError, RetryLaterError
from tests.cache.askers import server_time

HOUR = timedelta(hours=1)
WEIGHTS = st.lists(st.integers(1, 5), min_size=1, max_size=30)


def claim(
    tokens: int, per: timedelta = HOUR, weight: int = 1, outage: Outage = Outage.PER_PROCESS
) -> Claim:
    limit = Limit(scope=f"scope-{tokens}", tokens=tokens, per=per, outage=outage)
    return Claim(limit=limit, of=("somebody",), weight=weight)


async def test_many_at_once_get_no_more_than_the_bucket_holds(redis: Redis, keys: Keys) -> None:
    verdicts = await asyncio.gather(*(Limits(redis, keys).take(claim(5)) for _ in range(50)))
    assert sum(verdict.allowed for verdict in verdicts) == 5


async def test_a_verdict_says_what_remains_and_how_long_to_wait(redis: Redis, keys: Keys) -> None:
    limits = Limits(redis, keys)
    verdicts = [await limits.take(claim(3)) for _ in range(4)]
    assert [verdict.remaining for verdict in verdicts] == [2, 1, 0, 0]
    assert [verdict.wait for verdict in verdicts[:3]] == [NOW] * 3
    assert timedelta(minutes=19) < verdicts[3].wait <= timedelta(minutes=20)


async def test_who_waits_as_told_gets_a_token(redis: Redis, keys: Keys) -> None:
    limits, asked = Limits(redis, keys), claim(1, timedelta(milliseconds=50))
    # The server's clock can't be faked, and a slow machine is given a token at each turn.
    while (verdict := await limits.take(asked)).allowed:
        pass
    await asyncio.sleep(verdict.wait.total_seconds())
    assert (await limits.take(asked)).allowed


async def test_a_heavy_claim_waits_for_as_many_tokens(redis: Redis, keys: Keys) -> None:
    limits = Limits(redis, keys)
    assert (await limits.take(claim(100, weight=70))).remaining == 30
    refused = await limits.take(claim(100, weight=40))
    assert (refused.allowed, refused.remaining) == (False, 30)
    assert HOUR * 0.09 < refused.wait <= HOUR * 0.1


async def test_a_weight_that_no_bucket_could_hold_is_refused_for_good(
    redis: Redis, keys: Keys
) -> None:
    with pytest.raises(PermanentError, match="never fits"):
        await Limits(redis, keys).take(claim(5, weight=6))


async def test_of_several_buckets_all_are_drawn_from_or_none(redis: Redis, keys: Keys) -> None:
    limits, narrow, wide = Limits(redis, keys), claim(1), claim(10)
    assert (await limits.take(narrow, wide)).allowed
    assert not (await limits.take(narrow, wide)).allowed
    assert (await limits.take(wide)).remaining == 8


async def test_a_reached_limit_makes_its_work_come_back_later(redis: Redis, keys: Keys) -> None:
    limits = Limits(redis, keys)
    await limits.require(claim(1))
    with pytest.raises(RetryLaterError) as later:
        await limits.require(claim(1))
    assert HOUR - timedelta(minutes=1) < later.value.delay <= HOUR


async def test_a_provider_that_asks_for_a_pause_gets_it_from_everybody(
    redis: Redis, keys: Keys
) -> None:
    asked = claim(600)
    await Limits(redis, keys).close(asked, timedelta(minutes=5))
    verdict = await Limits(redis, keys).take(asked)
    assert timedelta(minutes=4, seconds=50) < verdict.wait <= timedelta(minutes=5)


async def test_a_shorter_pause_does_not_end_a_longer_one(redis: Redis, keys: Keys) -> None:
    limits, asked = Limits(redis, keys), claim(600)
    await limits.close(asked, timedelta(minutes=5))
    await limits.close(asked, timedelta(seconds=1))
    assert (await limits.take(asked)).wait > timedelta(minutes=4)


@settings(max_examples=20)
@given(capacity=st.integers(5, 20), milliseconds=st.integers(1, 50), weights=WEIGHTS)
async def test_no_sequence_of_weights_gets_more_than_its_time_allows(
    redis: Redis, capacity: int, milliseconds: int, weights: list[int]
) -> None:
    asked = claim(capacity, timedelta(milliseconds=milliseconds))
    limits, begun, taken = Limits(redis, Keys(uuid4())), await server_time(redis), 0
    for weight in weights:
        verdict = await limits.take(asked.model_copy(update={"weight": weight}))
        taken += weight * verdict.allowed
    milliseconds_passed = (await server_time(redis) - begun) / 1000
    assert taken <= capacity + milliseconds_passed * capacity / milliseconds + 1e-6


async def test_an_open_limit_lets_pass_without_redis_and_counts_it(
    nowhere: Redis, keys: Keys
) -> None:
    limits = Limits(nowhere, keys)
    for _ in range(3):
        assert (await limits.take(claim(1, outage=Outage.OPEN))).allowed
    assert limits.outages == {"scope-1:open": 3}


async def test_a_limit_per_process_goes_on_with_a_bucket_of_its_own(
    nowhere: Redis, keys: Keys
) -> None:
    now = 1000.0
    limits = Limits(nowhere, keys, lambda: now)
    assert [(await limits.take(claim(2))).remaining for _ in range(2)] == [1, 0]
    assert (await limits.take(claim(2))).wait == timedelta(minutes=30)
    now += 1800
    assert (await limits.take(claim(2))).allowed


async def test_a_pause_is_kept_to_without_redis(nowhere: Redis, keys: Keys) -> None:
    limits = Limits(nowhere, keys, lambda: 1000.0)
    await limits.close(claim(600), timedelta(minutes=5))
    assert (await limits.take(claim(600))).wait == timedelta(minutes=5)


async def test_a_closed_limit_lets_nobody_pass_without_redis(nowhere: Redis, keys: Keys) -> None:
    limits = Limits(nowhere, keys)
    with pytest.raises(RetryLaterError):
        await limits.take(claim(5, outage=Outage.CLOSED), claim(6, outage=Outage.OPEN))
    assert limits.outages["scope-5:closed"] == 1


async def test_decisions_without_redis_are_logged_once_a_minute(
    nowhere: Redis, keys: Keys, caplog: pytest.LogCaptureFixture
) -> None:
    now = 1000.0
    limits = Limits(nowhere, keys, lambda: now)
    with caplog.at_level(logging.WARNING, "cache.limits"):
        for _ in range(10):
            await limits.take(claim(100))
        now += 61
        await limits.take(claim(100))
    said = [record.message for record in caplog.records if record.name == "cache.limits"]
    assert [line.rsplit(" ", 1)[1] for line in said] == ["1", "11"]


def test_a_process_forgets_buckets_before_they_fill_its_memory() -> None:
    buckets, asked = LocalBuckets(lambda: 1000.0), claim(1)
    for number in range(3 * MOST):
        buckets.take([(str(number), asked)])
    assert len(buckets) <= MOST
    assert not buckets.take([(str(3 * MOST - 1), asked)]).allowed
