"""`list` shows the live state that Redis has, and makes it from Postgres where it has none."""

from collections.abc import Mapping
from datetime import timedelta
from uuid import uuid4

import pytest
from redis.asyncio import Redis
from sqlalchemy import event, update

from cache.keys import Keys
from cache.sessions import LiveSessions
from cli.live import live_states
from contracts.orchestrations import OrchestrationRow
from contracts.sessions import LiveState
from db.engine import Sessions
from db.live_states import LiveStates
from db.models import Orchestration
from db.orchestrations import Orchestrations
from db.projects import Projects
from tests.cli.insider import Insider
from tests.cli.person import Person
from tests.conftest import TestOrganization
from tests.db.chains import Author, append

SECOND = timedelta(seconds=1)


@pytest.fixture
async def author(sessions: Sessions, organization: TestOrganization) -> Author:
    async with sessions.begin() as session:
        project = await Projects(session, organization.id).create("PROJ", f"/repo/{uuid4()}")
    return Author(organization.id, project.id)


@pytest.fixture
async def newest(sessions: Sessions, author: Author) -> LiveState:
    """Of a run that nobody was told of."""
    written = await append(sessions, author, author.start())
    assert written is not None
    return LiveState.after(written)


@pytest.fixture
def live(redis: Redis, organization: TestOrganization) -> LiveSessions:
    return LiveSessions(redis, Keys(organization.id))


@pytest.fixture
def bea(environment: Mapping[str, str], organization: TestOrganization) -> Person:
    """Who only looks: no worker is needed."""
    return Insider({**environment, "SLIPWAY_ORGANIZATION": organization.slug})


async def test_what_redis_says_is_listed(
    bea: Person, newest: LiveState, live: LiveSessions
) -> None:
    told = {"phase": "CODE", "progress": 0.5, "sequence": 7, "event": "AgentSpawned"}
    await live.set(newest.model_copy(update=told))
    [listed] = bea.reads("list")
    assert {name: listed["live"][name] for name in told} == told
    assert " 50% " in bea.says("list").stdout


async def test_what_redis_does_not_have_is_made_from_postgres_and_kept(
    bea: Person, newest: LiveState, live: LiveSessions
) -> None:
    [listed] = bea.reads("list")
    assert listed["live"] == newest.model_dump(mode="json")
    assert await live.get(newest.orchestration_id) == {newest.orchestration_id: newest}


async def test_what_redis_missed_is_replaced(
    bea: Person, newest: LiveState, live: LiveSessions
) -> None:
    missed = {"sequence": 0, "status": "PAUSED", "timestamp": newest.timestamp - SECOND}
    await live.set(newest.model_copy(update=missed))
    [listed] = bea.reads("list")
    assert listed["live"]["status"] == "ACTIVE"
    assert await live.get(newest.orchestration_id) == {newest.orchestration_id: newest}


async def test_a_rebuilt_state_is_what_was_published(
    sessions: Sessions, author: Author, newest: LiveState
) -> None:
    written = await append(sessions, author, author.phases(1))
    assert written is not None
    async with sessions() as session:
        states = await LiveStates(session).of([author.orchestration_id, uuid4()])
    assert states == [LiveState.after(written)]


async def test_what_the_ledger_lacks_the_last_event_of_is_listed_too(
    sessions: Sessions, newest: LiveState
) -> None:
    async with sessions() as session:
        forged = update(Orchestration).where(Orchestration.id == newest.orchestration_id)
        await session.execute(forged.values(last_hash="0" * 64))
        [state] = await LiveStates(session).of([newest.orchestration_id])
        await session.rollback()
    assert (state.event, state.sequence) == ("", newest.sequence)


async def test_what_is_missing_of_many_is_read_by_one_statement(
    redis: Redis, sessions: Sessions, organization: TestOrganization, author: Author
) -> None:
    statements: list[str] = []
    for number in range(1, 4):
        another = Author(author.organization_id, author.project_id, f"PROJ-{number}")
        await append(sessions, another, another.start())
    rows = await rows_of(sessions, organization)
    engine = sessions.kw["bind"].sync_engine
    count = lambda *given: statements.append(given[2])  # noqa: E731
    event.listen(engine, "before_cursor_execute", count)
    told = await live_states(sessions, redis, rows)
    event.remove(engine, "before_cursor_execute", count)
    assert (set(told), len(statements)) == ({row.id for row in rows}, 1)
    assert len(rows) == 3


async def rows_of(sessions: Sessions, organization: TestOrganization) -> list[OrchestrationRow]:
    async with sessions() as session:
        return await Orchestrations(session, organization.slug).newest(10, None)
