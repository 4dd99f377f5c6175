"""A lock on a real Valkey: who has it, for how long, and what tells old holders from new."""

import asyncio
from datetime import timedelta

import pytest
from redis.asyncio import Redis

from cache.keys import Keys
from cache.lock import Lock
from errors import RetryLaterError
from tests.faults.patience import until

# A third of it is waited for, and a machine that stops for the rest of it fails a test.
LIFE = timedelta(seconds=5)


class Guarded:
    """Remembers the highest fence it has seen, and refuses lower ones."""

    def __init__(self) -> None:
        self._highest = 0

    def accepts(self, fence: int) -> bool:
        self._highest = max(self._highest, fence)
        return fence == self._highest


async def test_another_has_to_come_later(redis: Redis, keys: Keys) -> None:
    async with Lock(redis, keys).held("work", "x"):
        with pytest.raises(RetryLaterError) as later:
            async with Lock(redis, keys).held("work", "x"):
                pass
        assert timedelta() < later.value.delay <= timedelta(seconds=5)
        async with Lock(redis, keys).held("work", "y"):
            pass


async def test_it_is_free_again_when_its_work_ends_or_fails(redis: Redis, keys: Keys) -> None:
    with pytest.raises(OSError, match="broken"):
        async with Lock(redis, keys).held("work", "x"):
            raise OSError("broken")
    async with Lock(redis, keys).held("work", "x"):
        pass
    assert not await redis.exists(keys.lock("work", "x"))


async def test_it_is_renewed_for_as_long_as_the_work_lasts(redis: Redis, keys: Keys) -> None:
    key = keys.lock("work", "x")

    async def renewed() -> bool:
        return await redis.pttl(key) > 4900

    async with Lock(redis, keys, LIFE).held("work", "x"):
        for _ in range(2):
            await redis.pexpire(key, 4900)
            await until(renewed, "it has its whole life before it again")


async def test_work_stops_when_its_lock_is_lost(redis: Redis, keys: Keys) -> None:
    clock = asyncio.get_running_loop().time
    begun = clock()

    async def work() -> None:
        async with Lock(redis, keys, LIFE).held("work", "x"):
            await redis.delete(keys.lock("work", "x"))
            await asyncio.Event().wait()

    with pytest.raises(RetryLaterError, match="lost"):
        await work()
    assert clock() - begun < LIFE.total_seconds()


async def test_a_timeout_of_the_work_itself_is_not_a_lost_lock(redis: Redis, keys: Keys) -> None:
    with pytest.raises(TimeoutError):
        async with Lock(redis, keys).held("work", "x"):
            raise TimeoutError


async def test_only_its_owner_releases_it(redis: Redis, keys: Keys) -> None:
    async with Lock(redis, keys).held("work", "x"):
        await redis.set(keys.lock("work", "x"), "another 7", ex=60)
    assert await redis.get(keys.lock("work", "x")) == b"another 7"


async def test_who_lost_it_without_knowing_is_fenced_off(redis: Redis, keys: Keys) -> None:
    guarded = Guarded()
    async with Lock(redis, keys).held("work", "x") as first:
        assert guarded.accepts(first.fence)
        # As when Redis comes back empty.
        await redis.delete(keys.lock("work", "x"))
        async with Lock(redis, keys).held("work", "x") as second:
            assert guarded.accepts(second.fence)
            assert not guarded.accepts(first.fence)


async def test_without_redis_its_work_waits(nowhere: Redis, keys: Keys) -> None:
    with pytest.raises(RetryLaterError, match="no lock"):
        async with Lock(nowhere, keys).held("work", "x"):
            pass
