"""`agent forget` on what Redis remembers, and with Redis gone."""

from collections.abc import Mapping

import pytest
from redis.asyncio import Redis

from cache.keys import Keys
from tests.cli.insider import Insider
from tests.cli.person import Person
from tests.conftest import TestOrganization

NOWHERE = "redis://127.0.0.1:1/0"


@pytest.fixture
def bea(environment: Mapping[str, str], organization: TestOrganization) -> Person:
    """Who asks no worker."""
    return Insider({**environment, "SLIPWAY_ORGANIZATION": organization.slug})


async def test_the_answers_of_one_agent_are_forgotten(
    bea: Person, redis: Redis, organization: TestOrganization
) -> None:
    keys = Keys(organization.id)
    for agent, brief in (("explorer", "a"), ("explorer", "b"), ("planner", "a")):
        await redis.set(keys.agent_answer(agent, "1", brief), "{}", ex=600)
    told = bea.says("agent", "forget", "explorer")
    assert (told.returncode, told.stdout[:21]) == (0, "2 answers of explorer"), told.stderr
    assert [key async for key in redis.scan_iter(keys.agent_answers("explorer"))] == []
    assert await redis.exists(keys.agent_answer("planner", "1", "a"))
    told = bea.says("agent", "forget", "explorer")
    assert (told.returncode, "Nothing is remembered" in told.stderr) == (3, True)


def test_without_redis_nothing_is_said_to_be_forgotten(bea: Person) -> None:
    told = bea.says("agent", "forget", "explorer", REDIS_URL=NOWHERE)
    assert (told.returncode, told.stdout) == (4, "")
    assert "Redis does not answer" in told.stderr
