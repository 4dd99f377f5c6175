"""Teams, and the hours that are taken of their sprints: counted, whatever happened."""

import asyncio
from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest
from sqlalchemy import select, text

from contracts.events import (
    OrchestrationCancelled,
    OrchestrationCompleted,
    OrchestrationFailed,
    RunReset,
)
from contracts.events.orchestrations import Outcome
from contracts.identity import Role
from contracts.issues import IssueType
from contracts.ledger import Batch
from contracts.teams import AllocationState, Assignment, Sprint, Takes, TeamTerms
from db.engine import Sessions
from db.identity import People
from db.models import Team, TeamAllocation
from db.teams import NoMemberError, Teams, UnknownTeamError
from db.verification import rebuild, verify_ledger
from tests.db.chains import Author, append

ANN = "ann@example.org"
BLUE = TeamTerms(name="blue", skills=("billing", "bug"), capacity=Decimal(60))
MARCH = Sprint(
    id="2026-03", total=Decimal(80), start_date=date(2026, 3, 1), end_date=date(2026, 3, 31)
)
COMPLETED = OrchestrationCompleted(commit="1" * 40, outcome=Outcome(issue_type=IssueType.BUG))
FAILED = OrchestrationFailed(error_type="X", reason="red")


@pytest.fixture
async def team(sessions: Sessions, author: Author) -> UUID:
    """Blue, with one member and 80 hours in March."""
    organization = author.organization_id
    async with sessions.begin() as session:
        await People(session, organization).ensure(ANN, "Ann", Role.DEVELOPER)
        teams = Teams(session, organization)
        assert await teams.put(BLUE)
        await teams.put_member("blue", ANN, "lead")
        await teams.plan("blue", MARCH)
        mine = select(Team.id).where(Team.organization_id == organization)
        return (await session.scalars(mine)).one()


def start(author: Author, team: UUID, hours: int = 10) -> Batch:
    given = Assignment(
        team_id=team, team="blue", sprint=MARCH.id, hours=Decimal(hours), reason="it knows billing"
    )
    return author.start(team=given)


def another(author: Author, key: str) -> Author:
    return Author(author.organization_id, author.project_id, key)


async def free(sessions: Sessions, author: Author, day: date = MARCH.start_date) -> Decimal | None:
    async with sessions() as session:
        (blue,) = await Teams(session, author.organization_id).on_hand(day)
    return blue.free


async def test_hours_are_taken_when_work_begins_and_stay_taken_when_it_is_completed(
    sessions: Sessions, author: Author, team: UUID
) -> None:
    await append(sessions, author, start(author, team))
    assert await free(sessions, author) == 70
    await append(sessions, author, author.write(COMPLETED))
    assert await free(sessions, author) == 70
    async with sessions() as session:
        mine = TeamAllocation.orchestration_id == author.orchestration_id
        state = await session.scalar(select(TeamAllocation.state).where(mine))
    assert state == AllocationState.SPENT
    assert await verify_ledger(sessions) is None


@pytest.mark.parametrize("ending", [FAILED, OrchestrationCancelled()])
async def test_work_that_came_to_nothing_gives_its_hours_back(
    sessions: Sessions,
    author: Author,
    team: UUID,
    ending: OrchestrationFailed | OrchestrationCancelled,
) -> None:
    await append(sessions, author, start(author, team))
    end = author.write(ending)
    for batch in (end, end):
        await append(sessions, author, batch)
    assert await free(sessions, author) == 80
    assert await verify_ledger(sessions) is None


async def test_those_who_begin_at_once_are_all_counted(
    sessions: Sessions, author: Author, team: UUID
) -> None:
    authors = [another(author, f"PROJ-{number}") for number in range(1, 9)]
    await asyncio.gather(*(append(sessions, one, start(one, team, 5)) for one in authors))
    assert await free(sessions, author) == 40


async def test_a_reset_takes_the_hours_again(
    sessions: Sessions, author: Author, team: UUID
) -> None:
    await append(sessions, author, start(author, team))
    fork = author.journal.state()
    await append(sessions, author, author.write(FAILED))
    assert await free(sessions, author) == 80
    again = author.branched(fork)
    marker = RunReset(resets=1, branch="slipway/PROJ-1.1", base_commit="0" * 40)
    await append(sessions, again, again.write(marker))
    assert await free(sessions, author) == 70
    assert await verify_ledger(sessions) is None


async def test_wrong_hours_are_found_and_rebuilt(
    sessions: Sessions, author: Author, team: UUID
) -> None:
    await append(sessions, author, start(author, team))
    change = text("UPDATE team_capacity SET allocated_hours = 3 WHERE team_id = :id")
    async with sessions.begin() as session:
        await session.execute(change, {"id": team})
    difference = await verify_ledger(sessions)
    assert difference is not None
    assert "allocated_hours" in difference
    await rebuild(sessions)
    assert await verify_ledger(sessions) is None
    assert await free(sessions, author) == 70


async def test_a_sprint_that_is_planned_again_keeps_what_is_taken_of_it(
    sessions: Sessions, author: Author, team: UUID
) -> None:
    await append(sessions, author, start(author, team))
    less = MARCH.model_copy(update={"total": Decimal(40), "name": "Spring"})
    async with sessions.begin() as session:
        await Teams(session, author.organization_id).plan("blue", less)
    assert await free(sessions, author) == 30
    async with sessions() as session:
        (shown,) = await Teams(session, author.organization_id).all()
    assert shown.sprints == (less.model_copy(update={"allocated": Decimal(10)}),)


async def test_outside_of_any_sprint_the_usual_hours_count(
    sessions: Sessions, author: Author, team: UUID
) -> None:
    for day, hours in (("2026-03-01", 80), ("2026-03-31", 80), ("2026-04-01", 60)):
        assert await free(sessions, author, date.fromisoformat(day)) == hours


async def test_of_two_sprints_at_once_the_one_that_began_last_counts(
    sessions: Sessions, author: Author, team: UUID
) -> None:
    late = {"id": "late", "start_date": date(2026, 3, 20), "total": Decimal(8)}
    async with sessions.begin() as session:
        teams = Teams(session, author.organization_id)
        await teams.plan("blue", MARCH.model_copy(update=late))
        (blue,) = await teams.on_hand(date(2026, 3, 25))
    assert (blue.sprint, blue.free) == ("late", Decimal(8))


async def test_a_team_that_is_inactive_or_empty_is_not_on_hand(
    sessions: Sessions, author: Author, team: UUID
) -> None:
    async with sessions.begin() as session:
        teams = Teams(session, author.organization_id)
        assert not await teams.put(BLUE.model_copy(update={"active": False}))
        await teams.put(TeamTerms(name="red", skills=("billing",)))
        assert await teams.on_hand(MARCH.start_date) == []
        assert [one.name for one in await teams.all()] == ["blue", "red"]


async def test_members_come_change_their_role_and_go(
    sessions: Sessions, author: Author, team: UUID
) -> None:
    async with sessions.begin() as session:
        teams = Teams(session, author.organization_id)
        await teams.put_member("blue", ANN.upper(), "security")
        (shown,) = await teams.all()
        assert [(one.email, one.role) for one in shown.members] == [(ANN, "security")]
        await teams.remove_member("blue", ANN)
        assert [one.members for one in await teams.all()] == [()]
        with pytest.raises(NoMemberError, match="is not in blue"):
            await teams.remove_member("blue", ANN)
        with pytest.raises(NoMemberError, match="users add"):
            await teams.put_member("blue", "bob@example.org", "lead")
        with pytest.raises(UnknownTeamError, match="teams add green"):
            await teams.put_member("green", ANN, "lead")


async def test_a_team_keeps_its_terms(sessions: Sessions, author: Author) -> None:
    takes = Takes(issue_types=(IssueType.BUG,), projects=("PROJ",))
    terms = BLUE.model_copy(update={"takes": takes, "description": "Money"})
    async with sessions.begin() as session:
        teams = Teams(session, author.organization_id)
        await teams.put(terms)
        (shown,) = await teams.all()
    assert TeamTerms.model_validate(shown.model_dump(include=set(TeamTerms.model_fields))) == terms
