"""What each operation costs: commands are billed, and each is a round trip."""

import asyncio
from collections.abc import Mapping

import pytest
from redis.asyncio import Redis

from cache.connection import open_redis
from cache.keys import Keys
from tests.cache.conftest import LONG, NewServer
from tests.cache.operations import Operation, operations

# What is not named here takes one.
COSTS = {
    # When there is something to load: the look and the keeping.
    "get or load": 2,
    # Each page of a scan.
    "delete matching": 1,
    # Taken and released.
    "lock": 2,
    # Entered, and only because it failed a second one.
    "breaker": 2,
    # Looked for in vain, and kept.
    "rebuild session": 2,
    # A ping, the server's word, the cache's counts, a page of keys and one breaker.
    "status": 5,
}


@pytest.fixture
async def costs(new_server: NewServer, keys: Keys) -> dict[str, int]:
    """With all scripts known to the server, which after a restart takes two commands more."""
    async with open_redis(new_server().url, LONG) as redis:
        for operation in operations(redis, Keys(keys.organization_id)).values():
            await operation()
        # One connection is the monitor's.
        await asyncio.gather(redis.ping(), redis.ping())
        await redis.flushdb()
        named = operations(redis, keys)
        return {name: await commands(redis, named, name) for name in named}


async def commands(redis: Redis, named: Mapping[str, Operation], name: str) -> int:
    """Sent by clients: what a script calls by itself is not counted."""
    async with redis.monitor() as monitor:
        await named[name]()
        await redis.echo("the end")
        count = 0
        async for said in monitor.listen():
            if said["command"].startswith("ECHO"):
                return count
            count += said["client_type"] != "lua"
    raise AssertionError("the monitor ended")


async def test_an_operation_is_one_command_but_where_it_is_said(costs: dict[str, int]) -> None:
    assert costs == {name: COSTS.get(name, 1) for name in costs}
