"""What an operator is told about Redis."""

from redis.asyncio import Redis

from cache.keys import Keys
from cache.status import status_of
from tests.cache.operations import durations


async def test_memory_hit_rate_keys_and_connection_are_told(redis: Redis, keys: Keys) -> None:
    for _ in range(2):
        await durations(redis, keys)
    status = await status_of(redis, keys)
    assert status is not None
    assert 0 < status.used_bytes < status.limit_bytes == 256 * 1024 * 1024
    assert (status.eviction, status.protocol, status.complete) == ("noeviction", 3, True)
    assert status.cache_hit_rate == 0.5
    assert status.hit_rate is not None
    assert status.kinds == {
        "cache": 1,
        "rate_limit": 3,
        "breaker": 1,
        "session": 1,
        "execution": 1,
        "metrics": 2,
    }
    assert status.server.startswith("valkey 9.")


async def test_an_address_is_told_without_its_password(
    redis: Redis, redis_url: str, keys: Keys
) -> None:
    status = await status_of(redis, keys)
    assert status is not None
    assert status.address == f"redis://{redis_url.rpartition('@')[2]}"


async def test_before_anything_was_asked_there_is_no_hit_rate(redis: Redis, keys: Keys) -> None:
    status = await status_of(redis, keys)
    assert status is not None
    assert (status.cache_hit_rate, status.kinds) == (None, {})


async def test_that_it_is_away_is_told(nowhere: Redis, keys: Keys) -> None:
    assert await status_of(nowhere, keys) is None
