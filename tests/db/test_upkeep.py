"""Upkeep of the database: one at a time, and Redis beside it."""

import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

import pytest
from redis.asyncio import Redis
from sqlalchemy import select

from cache.breaker import Breaker
from cache.keys import Keys
from cache.lock import Lock
from db.engine import open_sessions
from db.exits import AWAY
from db.models import Fence
from tests.conftest import TestOrganization
from tests.db.commands import db

NOBODY = UUID(int=0)
# In the unit of fences, microseconds.
HOUR = 3_600_000_000
Say = Callable[..., Awaitable[tuple[int, str]]]


@pytest.fixture
def say(environment: pytest.MonkeyPatch, redis_url: str) -> Say:
    """What `python -m db` ends with and says, with the servers of the session unless told."""

    async def said(*words: str, **variables: str) -> tuple[int, str]:
        for name, value in {"REDIS_URL": redis_url, **variables}.items():
            environment.setenv(name, value)
        result = await db(*words)
        return result.exit_code, result.output

    return said


async def test_two_do_not_rebuild_at_once(url: str, say: Say, redis: Redis) -> None:
    async with Lock(redis, Keys(NOBODY), timedelta(seconds=30)).held("database", "x"):
        code, said = await say("rebuild")
    assert code == AWAY, said
    assert "somebody else is at it" in said
    assert "Traceback" not in said
    code, said = await say("rebuild")
    assert (code, said[:10]) == (0, "made anew:"), said


async def test_upkeep_shows_its_fence_to_the_database(url: str, say: Say) -> None:
    async with open_sessions(url) as sessions:
        assert (await say("cleanup"))[0] == 0
        async with sessions.begin() as session:
            shown = (await session.scalars(select(Fence).where(Fence.what == "database"))).one()
            assert shown.number > 0
            shown.number += HOUR
        # As if somebody had taken over while this one was frozen.
        code, said = await say("cleanup")
        assert (code, "somebody else holds the lock" in said) == (AWAY, True), said


async def test_status_shows_redis_and_survives_its_absence(url: str, say: Say) -> None:
    _, said = await say("status")
    assert "memory" in said
    assert "hit rate" in said
    code, said = await say("status", REDIS_URL="redis://127.0.0.1:1/0")
    assert code == 0
    assert "Redis does not answer" in said


async def test_status_names_the_providers_that_are_left_alone(
    database_url: str, say: Say, redis: Redis, organization: TestOrganization
) -> None:
    breaker = Breaker(redis, Keys(organization.id))
    for provider, failures in (("git.example.org", 5), ("llm-fast", 2)):
        for _ in range(failures):
            with pytest.raises(OSError, match="down"):
                async with breaker.guarding(provider):
                    raise OSError("down")
    ours = {"DATABASE_URL": database_url, "SLIPWAY_ORGANIZATION": organization.slug}
    _, said = await say("status", **ours)
    assert "git.example.org fails and is left alone, for " in said
    assert "llm-fast failed 2 times within the last minute" in said
    _, said = await say("status", "--json", **ours)
    told = json.loads(said)["redis"]
    assert (told["eviction"], told["kinds"]["breaker"]) == ("noeviction", 2)
    assert [view["state"] for view in told["breakers"]] == ["open", "closed"]
