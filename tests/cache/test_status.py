"""What an operator is told about Redis."""

import pytest
from redis.asyncio import Redis

from cache.breaker import Breaker
from cache.keys import Keys
from cache.status import status_of
from contracts.breakers import BreakerState
from tests.cache.operations import done_late


async def test_memory_hit_rate_keys_and_connection_are_told(redis: Redis, keys: Keys) -> None:
    for _ in range(2):
        await done_late(redis, keys)
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
        "session": 2,
        "execution": 2,
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


async def test_breakers_are_told_by_their_providers(redis: Redis, keys: Keys) -> None:
    breaker = Breaker(redis, keys)
    for provider, failures in (("git.example.org:8443", 5), ("llm-fast", 1), ("x" * 300, 5)):
        for _ in range(failures):
            with pytest.raises(OSError, match="down"):
                async with breaker.guarding(provider):
                    raise OSError("down")
    status = await status_of(redis, keys)
    assert status is not None
    # What is no longer known by its name is counted alone.
    assert status.kinds["breaker"] == 3
    assert [(view.provider, view.state) for view in status.breakers] == [
        ("git.example.org:8443", BreakerState.OPEN),
        ("llm-fast", BreakerState.CLOSED),
    ]
