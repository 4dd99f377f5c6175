"""Values kept on a real Valkey: loaded once, and again when they must be."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from pydantic import BaseModel, TypeAdapter
from redis.asyncio import Redis

from cache.asking import RedisAwayError
from cache.cache import LARGEST, Cache
from cache.keys import Keys, flight
from cache.terms import Terms
from errors import RetryLaterError, UnknownIssueError
from tests.faults.patience import until

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
SHORT = timedelta(milliseconds=1)


class Page(BaseModel, frozen=True):
    title: str


ONE = Page(title="one")


class Source:
    """Counts how often it is asked. It answers with what it is given next."""

    def __init__(self, *answers: Page | Exception | None) -> None:
        self._answers = list(answers)
        self.asked = 0

    async def __call__(self) -> Page | None:
        self.asked += 1
        answer = self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def pages(
    redis: Redis,
    keys: Keys,
    ttl: timedelta = MINUTE,
    stale: timedelta = timedelta(),
    missing: timedelta = timedelta(),
) -> Cache[Page | None]:
    contract: TypeAdapter[Page | None] = TypeAdapter(Page | None)
    return Cache(redis, keys, Terms(contract, ttl, stale, missing))


async def has_passed(redis: Redis, key: str, stale: timedelta) -> None:
    """A time to live on the server's clock, which can't be faked."""
    milliseconds = stale // timedelta(milliseconds=1)

    async def old() -> bool:
        return await redis.pttl(key) <= milliseconds

    await until(old, "the value is fresh no longer")


async def test_what_was_loaded_is_not_loaded_again(redis: Redis, keys: Keys) -> None:
    cache, source, key = pages(redis, keys), Source(ONE), keys.cached("page", "1")
    assert [await cache.get_or_load(key, source) for _ in range(3)] == [ONE] * 3
    assert source.asked == 1


async def test_it_is_loaded_again_after_its_time(redis: Redis, keys: Keys) -> None:
    cache, source, key = pages(redis, keys, SHORT), Source(ONE, None), keys.cached("page", "1")
    await cache.get_or_load(key, source)
    await has_passed(redis, key, timedelta())
    assert await cache.get_or_load(key, source) is None


async def test_times_to_live_differ_by_up_to_a_tenth(redis: Redis, keys: Keys) -> None:
    cache, many = (
        pages(redis, keys, HOUR),
        [keys.cached("page", str(number)) for number in range(50)],
    )
    for key in many:
        await cache.get_or_load(key, Source(ONE))
    lives = [await redis.pttl(key) for key in many]
    assert all(3_000_000 < life <= 3_600_000 for life in lives)
    assert max(lives) - min(lives) > 120_000


async def test_that_there_is_none_is_remembered_only_where_that_is_asked_for(
    redis: Redis, keys: Keys
) -> None:
    source, key = Source(None, None, None), keys.cached("page", "none")
    for _ in range(2):
        assert await pages(redis, keys).get_or_load(key, source) is None
    assert source.asked == 2
    for _ in range(2):
        assert await pages(redis, keys, missing=MINUTE).get_or_load(key, source) is None
    assert source.asked == 3


async def test_a_stale_value_answers_when_loading_fails(redis: Redis, keys: Keys) -> None:
    cache, key = pages(redis, keys, SHORT, MINUTE), keys.cached("page", "1")
    source = Source(ONE, OSError("away"), None)
    await cache.get_or_load(key, source)
    await has_passed(redis, key, MINUTE)
    assert [await cache.get_or_load(key, source) for _ in range(2)] == [ONE, None]


async def test_an_answer_that_is_an_error_is_no_case_for_a_stale_value(
    redis: Redis, keys: Keys
) -> None:
    cache, key = pages(redis, keys, SHORT, MINUTE), keys.cached("page", "1")
    source = Source(ONE, UnknownIssueError("deleted"))
    await cache.get_or_load(key, source)
    await has_passed(redis, key, MINUTE)
    with pytest.raises(UnknownIssueError):
        await cache.get_or_load(key, source)


async def test_a_failed_load_keeps_nobody_waiting(redis: Redis, keys: Keys) -> None:
    cache, key = pages(redis, keys), keys.cached("page", "1")
    source = Source(RetryLaterError("busy", MINUTE), ONE)
    with pytest.raises(RetryLaterError):
        await cache.get_or_load(key, source)
    assert not await redis.exists(flight(key))
    assert await cache.get_or_load(key, source) == ONE


async def test_a_cancelled_load_keeps_nobody_waiting(redis: Redis, keys: Keys) -> None:
    cache, key = pages(redis, keys), keys.cached("page", "1")
    loading, begun = slow(asyncio.Event())
    asking = asyncio.create_task(cache.get_or_load(key, loading))
    await begun.wait()
    asking.cancel()
    await asyncio.wait((asking,))
    assert not await redis.exists(flight(key))


async def test_who_has_waited_long_enough_loads_without_the_others(
    redis: Redis, keys: Keys
) -> None:
    contract: TypeAdapter[Page | None] = TypeAdapter(Page | None)
    impatient = Cache(redis, keys, Terms(contract, MINUTE, patience=SHORT))
    key, released = keys.cached("page", "1"), asyncio.Event()
    loading, begun = slow(released)
    first = asyncio.create_task(impatient.get_or_load(key, loading))
    await begun.wait()
    assert await impatient.get_or_load(key, Source(None)) is None
    released.set()
    assert await first == ONE


async def test_what_was_deleted_is_loaded_again(redis: Redis, keys: Keys) -> None:
    cache, source, key = pages(redis, keys), Source(ONE, ONE), keys.cached("page", "1")
    await cache.get_or_load(key, source)
    await cache.delete(key)
    await cache.get_or_load(key, source)
    assert source.asked == 2


async def test_what_was_being_loaded_when_it_was_deleted_is_not_kept(
    redis: Redis, keys: Keys
) -> None:
    cache, released = pages(redis, keys), asyncio.Event()
    key, (loading, begun) = keys.agent_answer("coder", "1", "brief"), slow(released)
    old = asyncio.create_task(cache.get_or_load(key, loading))
    await begun.wait()
    await cache.delete_matching(keys.agent_answers("coder"))
    released.set()
    assert await old == ONE
    assert await cache.get_or_load(key, Source(None)) is None


async def test_deleting_by_a_pattern_leaves_everything_else(redis: Redis, keys: Keys) -> None:
    cache = pages(redis, keys)
    for agent, brief in (("coder", "1"), ("coder", "2"), ("coder-2", "1"), ("*", "1")):
        await cache.get_or_load(keys.agent_answer(agent, "1", brief), Source(ONE))
    assert await cache.delete_matching(keys.agent_answers("coder")) == 2
    assert await cache.delete_matching(keys.agent_answers("*")) == 1
    assert await redis.exists(keys.agent_answer("coder-2", "1", "1"))


async def test_many_pages_of_keys_are_all_deleted(redis: Redis, keys: Keys) -> None:
    pipeline = redis.pipeline(transaction=False)
    for number in range(3000):
        pipeline.set(keys.agent_answer("coder", "1", str(number)), b"x", ex=60)
    await pipeline.execute()
    assert await pages(redis, keys).delete_matching(keys.agent_answers("coder")) == 3000


async def test_a_value_of_another_version_is_loaded_again_and_replaced(
    redis: Redis, keys: Keys
) -> None:
    cache, source, key = pages(redis, keys), Source(ONE), keys.cached("page", "1")
    await redis.set(key, b'{"name": "old"}', ex=60)
    assert [await cache.get_or_load(key, source) for _ in range(2)] == [ONE, ONE]
    assert source.asked == 1


async def test_what_is_too_large_is_not_kept(redis: Redis, keys: Keys) -> None:
    large, key = Page(title="x" * LARGEST), keys.cached("page", "1")
    assert await pages(redis, keys).get_or_load(key, Source(large)) == large
    assert not await redis.exists(key, flight(key))


async def test_hits_and_misses_are_counted(redis: Redis, keys: Keys) -> None:
    cache, source, key = pages(redis, keys), Source(ONE), keys.cached("page", "1")
    for _ in range(4):
        await cache.get_or_load(key, source)
    counted = await redis.hgetall(keys.metrics("cache"))
    assert counted == {b"hits": b"3", b"misses": b"1"}


async def test_without_redis_every_value_is_loaded(nowhere: Redis, keys: Keys) -> None:
    cache, source, key = pages(nowhere, keys), Source(ONE, ONE), keys.cached("page", "1")
    assert [await cache.get_or_load(key, source) for _ in range(2)] == [ONE, ONE]
    await cache.delete(key)
    with pytest.raises(RedisAwayError):
        await cache.delete_matching(keys.agent_answers("coder"))


def slow(released: asyncio.Event) -> tuple[Callable[[], Awaitable[Page | None]], asyncio.Event]:
    """A load that goes on until it is released, and word that it has begun."""
    begun = asyncio.Event()

    async def load() -> Page | None:
        begun.set()
        await released.wait()
        return ONE

    return load, begun
