"""How Redis is asked: how often, for how long, and how loudly its absence is told."""

import asyncio
import logging
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from redis.asyncio import Redis
from redis.exceptions import AuthenticationError, ConnectionError, ResponseError, TimeoutError

from cache.asking import Asker, RedisAwayError
from cache.connection import open_redis
from tests.cache.conftest import LONG
from tests.cache.operations import unfinished
from tests.faults.patience import until

# Of who asks what never answers.
SHORT = timedelta(milliseconds=300)


class Command:
    """Fails each time in the same way."""

    def __init__(self, error: Exception) -> None:
        self._error = error
        self.times = 0

    async def __call__(self) -> None:
        self.times += 1
        raise self._error


@pytest.fixture
async def asking(redis_url: str) -> AsyncIterator[Asker]:
    async with open_redis(redis_url, LONG) as redis:
        yield Asker(redis, "a test")


@pytest.mark.parametrize(
    ("error", "times"),
    [
        (ConnectionError("reset by peer"), 3),
        (TimeoutError("frozen"), 1),
        (AuthenticationError("wrong password"), 1),
        (ResponseError("OOM"), 1),
    ],
)
async def test_only_a_broken_connection_is_worth_asking_again(
    asking: Asker, error: Exception, times: int
) -> None:
    command = Command(error)
    with pytest.raises(RedisAwayError):
        await asking.again(command)
    assert command.times == times


async def test_what_must_not_happen_twice_is_asked_once(asking: Asker) -> None:
    command = Command(ConnectionError("reset by peer"))
    with pytest.raises(RedisAwayError):
        await asking.once(command)
    assert command.times == 1


async def test_nobody_waits_longer_than_the_clients_patience(redis_url: str) -> None:
    async def ask(asking: Asker) -> None:
        with pytest.raises(RedisAwayError):
            await asking.once(asyncio.Event().wait)

    async with open_redis(redis_url, SHORT) as redis:
        hanging = asyncio.create_task(ask(Asker(redis, "a test")))
        assert not await unfinished([hanging], SHORT)


async def test_its_absence_is_logged_once_a_minute(
    asking: Asker, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "cache.asking"):
        for _ in range(20):
            with pytest.raises(RedisAwayError):
                await asking.once(Command(ResponseError("OOM")))
    assert len([record for record in caplog.records if record.name == "cache.asking"]) == 1


async def test_idle_connections_are_given_up_with_the_first_that_breaks(
    redis: Redis, redis_url: str
) -> None:
    async with open_redis(redis_url, LONG) as idle:
        number = str(await idle.client_id())
        with pytest.raises(RedisAwayError):
            await Asker(idle, "a test").once(Command(TimeoutError("dead")))

        async def gone() -> bool:
            return number not in [client["id"] for client in await redis.client_list()]

        await until(gone, "the server knows that connection no longer")
