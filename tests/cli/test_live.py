"""`list` shows the live state that Redis has, and makes it from Postgres where it has none."""

from collections.abc import Mapping
from uuid import uuid4

import pytest
from redis.asyncio import Redis

from cache.keys import Keys
from cache.sessions import Sessions as LiveSessions
from cli.live import live_states, of_row
from contracts.orchestrations import OrchestrationRow, OrchestrationStatus
from db.engine import Sessions
from db.orchestrations import Orchestrations
from db.projects import Projects
from tests.cli.person import Person
from tests.conftest import TestOrganization
from tests.db.chains import Author, append


@pytest.fixture
async def row(sessions: Sessions, organization: TestOrganization) -> OrchestrationRow:
    """Of a run that nobody has told of."""
    async with sessions.begin() as session:
        project = await Projects(session, organization.id).create("PROJ", f"/repo/{uuid4()}")
    author = Author(organization.id, project.id)
    await append(sessions, author, author.start())
    async with sessions() as session:
        found = await Orchestrations(session, organization.slug).latest("PROJ-1")
    assert found is not None
    return found


@pytest.fixture
def live(redis: Redis, organization: TestOrganization) -> LiveSessions:
    return LiveSessions(redis, Keys(organization.id))


@pytest.fixture
def bea(environment: Mapping[str, str], organization: TestOrganization) -> Person:
    """Who only looks: no worker is needed."""
    return Person({**environment, "SLIPWAY_ORGANIZATION": organization.slug})


async def test_what_redis_says_is_listed(
    bea: Person, row: OrchestrationRow, live: LiveSessions
) -> None:
    told = {"phase": "CODE", "progress": 0.5, "sequence": 7, "event": "AgentSpawned"}
    await live.set(of_row(row).model_copy(update=told))
    [listed] = bea.reads("list")
    assert {name: listed["live"][name] for name in told} == told
    assert " 50% " in bea.says("list").stdout


async def test_what_redis_does_not_have_is_made_from_postgres_and_kept(
    redis: Redis, row: OrchestrationRow, live: LiveSessions
) -> None:
    assert await live_states(redis, [row]) == {row.id: of_row(row)}
    assert await live.get(row.id) == of_row(row)


async def test_what_redis_missed_is_replaced(
    redis: Redis, row: OrchestrationRow, live: LiveSessions
) -> None:
    await live.set(of_row(row))
    over = {"status": OrchestrationStatus.COMPLETED, "last_sequence": 9}
    later = row.model_copy(update=over)
    assert (await live_states(redis, [later]))[row.id].status == "COMPLETED"
    assert (await live.get(row.id)) == of_row(later)
