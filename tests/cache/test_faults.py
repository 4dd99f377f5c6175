"""Everything that may happen to Redis: nobody fails, nobody waits long, and all recovers."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from uuid import uuid4

import pytest
from pydantic import TypeAdapter
from redis.asyncio import Redis
from redis.exceptions import OutOfMemoryError

from cache.cache import Cache
from cache.connection import open_redis
from cache.keys import Keys
from cache.limits import Limits
from cache.lock import Lock
from cache.sessions import LiveSessions
from cache.status import status_of
from cache.terms import Terms
from contracts.limits import Outage
from contracts.sessions import LiveState
from tests.cache.conftest import LONG, NewServer
from tests.cache.operations import ID, claim, done_late, said
from tests.cache.servers import Server
from tests.cache.silence import way_to
from tests.faults.patience import until

# Of who asks what does not answer: it has to run out.
SHORT = timedelta(milliseconds=400)


async def assert_all_go_on(redis: Redis) -> None:
    assert await done_late(redis, Keys(uuid4())) == set()


async def assert_it_recovers(redis: Redis) -> None:
    """The same client, with nothing started anew, and all that it does is done. It may be too
    impatient for a machine that is busy, hence several looks."""

    async def works() -> bool:
        keys = Keys(uuid4())
        await done_late(redis, keys)
        return (
            bool(await LiveSessions(redis, keys).get(ID))
            and await status_of(redis, keys) is not None
        )

    await until(works, "Redis is asked again")


class Numbers:
    """Loads always the same one."""

    def __init__(self, number: int) -> None:
        self._number = number

    async def __call__(self) -> int:
        return self._number


@asynccontextmanager
async def warm(url: str, patience: timedelta = SHORT) -> AsyncIterator[Redis]:
    """A client with many connections that have served already. Where the server answers, be it
    with a no, `patience` may be long: nobody waits for it to end."""
    async with open_redis(url, patience) as redis:
        await done_late(redis, Keys(uuid4()))
        yield redis


@pytest.fixture
def server(new_server: NewServer) -> Server:
    return new_server()


async def test_killed_and_come_back_empty(server: Server) -> None:
    async with warm(server.url) as redis:
        server.kill()
        await assert_all_go_on(redis)
        server.start()
        await assert_it_recovers(redis)


@pytest.mark.parametrize("seconds", [1, pytest.param(30, marks=pytest.mark.soak)])
async def test_frozen(server: Server, seconds: int) -> None:
    clock = asyncio.get_running_loop().time
    async with warm(server.url) as redis:
        server.freeze()
        thaw_at = clock() + seconds
        try:
            while clock() < thaw_at:
                await assert_all_go_on(redis)
        finally:
            server.thaw()
        await assert_it_recovers(redis)


async def test_connections_that_died_without_a_word(server: Server) -> None:
    async with way_to(server.port) as way:
        through = server.url.replace(f":{server.port}/", f":{way.port}/")
        async with warm(through) as redis:
            # More connections than there are operations.
            await asyncio.gather(*(redis.ping() for _ in range(40)), return_exceptions=True)
            way.go_silent()
            await assert_all_go_on(redis)
            await until(lambda: not way.silent, "all of them are given up, and not one by one")
            await assert_it_recovers(redis)


async def test_a_wrong_password_until_it_is_the_right_one(server: Server) -> None:
    mistaken = server.url.replace("redis://:", "redis://:wrong-")
    password = mistaken.removeprefix("redis://:").partition("@")[0]
    async with open_redis(mistaken, LONG) as redis, open_redis(server.url, LONG) as operator:
        await assert_all_go_on(redis)
        await operator.config_set("requirepass", password)
        await assert_it_recovers(redis)


async def test_a_full_memory_still_answers_what_it_knows(new_server: NewServer) -> None:
    server, keys = new_server("--maxmemory", "4mb"), Keys(uuid4())
    async with warm(server.url, LONG) as redis:
        sessions, state = LiveSessions(redis, keys), LiveState.after(said(keys))
        await sessions.set(state)
        cache: Cache[int] = Cache(redis, keys, Terms(TypeAdapter(int), timedelta(hours=1)))
        key = keys.cached("number", "known")
        await cache.get_or_load(key, Numbers(1))
        await redis.unlink(keys.metrics("cache"))
        await fill(redis)
        assert await cache.get_or_load(key, Numbers(2)) == 1
        await assert_all_go_on(redis)
        assert await sessions.get(ID) == {ID: state}
        assert (await Limits(redis, keys).take(claim(Outage.OPEN))).allowed
        await redis.unlink("filler")
        await assert_it_recovers(redis)


async def test_a_server_that_takes_no_writes(server: Server) -> None:
    async with warm(server.url, LONG) as redis, open_redis(server.url, LONG) as operator:
        await operator.replicaof("127.0.0.1", "1")
        await assert_all_go_on(redis)
        await operator.replicaof("NO", "ONE")
        await assert_it_recovers(redis)


async def test_keys_of_another_type_are_as_good_as_none(redis: Redis, keys: Keys) -> None:
    await done_late(redis, keys)
    found = [key async for key in redis.scan_iter(keys.everything())]
    for key in found:
        kind = await redis.type(key)
        await redis.unlink(key)
        await (redis.set(key, "?") if kind == b"hash" else redis.hset(key, "?", "?"))
    assert len(found) > 5
    assert await done_late(redis, keys) == set()
    assert not await LiveSessions(redis, keys).get(ID)


async def test_the_fence_grows_over_a_redis_that_lost_everything(server: Server) -> None:
    async with warm(server.url, LONG) as redis:
        lock = Lock(redis, Keys(uuid4()))
        async with lock.held("work", "x") as before:
            pass
        server.kill()
        server.start()
        async with lock.held("work", "x") as after:
            assert after.fence > before.fence


async def test_every_key_has_a_time_to_live(redis: Redis, keys: Keys) -> None:
    await done_late(redis, keys)
    found = [key async for key in redis.scan_iter(keys.everything())]
    kinds = {str(key).split(":")[2] for key in found}
    assert kinds == {"cache", "rate_limit", "breaker", "session", "execution", "metrics"}
    assert [key for key in found if await redis.pttl(key) <= 0] == []


async def fill(redis: Redis) -> None:
    """Until it takes no more."""
    with suppress(OutOfMemoryError):
        while True:
            await redis.append("filler", "x" * 50_000)
