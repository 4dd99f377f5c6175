"""How often one address may call for what people see."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from httpx2 import AsyncClient
from redis.asyncio import Redis

from cache.connection import open_redis
from db.engine import Sessions
from stack.addresses import Addresses
from tests.web.gate import running, settings_with

# No wrong token is one too many here.
LIMITS = {"api": "2/1h", "login": "100000/1s"}


@pytest.fixture
async def patient(redis_url: str) -> AsyncIterator[Redis]:
    """A machine that is busy must not look like a Redis that is away. The buckets of this machine's
    address are full, for this test and those that follow."""
    async with open_redis(redis_url, timedelta(seconds=20)) as redis:
        await forget(redis)
        yield redis
        await forget(redis)


async def forget(redis: Redis) -> None:
    for limit in LIMITS:
        if buckets := [key async for key in redis.scan_iter(f"*:rate_limit:{limit}:*")]:
            await redis.unlink(*buckets)


async def test_who_calls_more_often_than_the_limit_must_wait(
    patient: Redis, sessions: Sessions, stack: Addresses, http: AsyncClient
) -> None:
    settings = settings_with(slipway_limits=LIMITS)
    async with running(settings, sessions, patient, stack.temporal) as url:
        answers = [await http.get(f"{url}/approvals/{'x' * 43}") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [404, 404, 429]
    assert 1_000 < int(answers[2].headers["retry-after"]) <= 1_800
