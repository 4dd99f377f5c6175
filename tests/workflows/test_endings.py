"""Runs that end before their time: what is left of them in Temporal and in Postgres."""

from uuid import UUID

import pytest
from sqlalchemy import select
from temporalio.exceptions import CancelledError

from clients.git.errors import UnknownCommitError
from contracts.agents import AgentResult, AgentRun
from contracts.events import AgentFailed, OrchestrationFailed, PhaseFailed
from db.models import TaskOutcome
from db.verification import verify_ledger
from tests.workflows.endings import ending_of, failure_of
from tests.workflows.office import CODE, KEY, Office, phase
from tests.workflows.scripted_workshop import ScriptedWorkshop, broken, done


@pytest.fixture
def office(office: Office) -> Office:
    office.playbook("code", CODE, phase("DOCUMENT", "writer"))
    return office


async def test_a_failed_agent_fails_the_work_and_the_row_says_why(
    office: Office, workshop: ScriptedWorkshop
) -> None:
    workshop.script("coder", broken("AgentTimedOut", "took longer than 30 minutes"))
    failure = await failure_of(await office.start(playbook="code"))
    reason = "coder failed in CODE: took longer than 30 minutes"
    assert (failure.type, failure.message) == ("AgentTimedOut", reason)
    row = await office.row()
    assert row is not None
    assert (row.status, row.failure) == ("FAILED", f"AgentTimedOut: {reason}")
    assert (await office.told())[-3:] == ["AgentFailed", "PhaseFailed", "OrchestrationFailed"]
    assert workshop.runs_of("writer") == []


async def test_the_other_agents_of_a_group_may_finish_before_the_work_fails(
    office: Office, workshop: ScriptedWorkshop
) -> None:
    agents = [one | {"writes": False} for one in phase("EXPLORE", "one", "two")["agents"]]
    office.playbook("pair", phase("EXPLORE", *agents, parallel=True))
    workshop.script("one", broken("AgentFailed", "no idea"))
    two = workshop.held("two")
    handle = await office.start(playbook="pair")
    await two.working.wait()
    two.go_on.set()
    assert (await failure_of(handle)).type == "AgentFailed"
    told = await office.told()
    assert told.count("AgentCompleted") == told.count("AgentFailed") == 1


async def test_a_cancelled_run_stops_its_agent_and_leaves_its_last_words(
    office: Office, workshop: ScriptedWorkshop
) -> None:
    coder = workshop.held("coder")
    handle = await office.start(playbook="code")
    await coder.working.wait()
    await handle.cancel()
    assert await ending_of(handle) is CancelledError
    assert coder.cancelled.is_set()
    assert (await office.told())[-3:] == ["AgentFailed", "PhaseFailed", "OrchestrationCancelled"]
    assert [one.cancelled for one in await office.facts(AgentFailed)] == [True]
    assert [one.error_type for one in await office.facts(PhaseFailed)] == ["Cancelled"]
    row = await office.row()
    assert row is not None
    assert row.status == "CANCELLED"
    (outcome,) = await outcomes(office, row.id)
    assert (outcome.success, outcome.learnings) == (False, {"summary": "", "cancelled": ""})
    assert outcome.pattern_id is not None
    assert await verify_ledger(office.stores.sessions) is None


async def outcomes(office: Office, id: UUID) -> list[TaskOutcome]:
    async with office.stores.sessions() as session:
        mine = select(TaskOutcome).where(TaskOutcome.orchestration_id == id)
        return list((await session.scalars(mine)).all())


async def test_a_run_is_cancelled_while_it_waits_for_an_answer(
    office: Office,
) -> None:
    developer = {"kind": "human", "name": "developer", "ask": "Do it."}
    office.playbook("human", phase("CODE", developer))
    handle = await office.start(playbook="human")
    await office.awaited()
    await handle.cancel()
    assert await ending_of(handle) is CancelledError
    assert (await office.told())[-1] == "OrchestrationCancelled"


async def test_an_unknown_ticket_fails_clearly_and_writes_nothing(office: Office) -> None:
    failure = await failure_of(await office.start("KEY-404", playbook="code"))
    assert failure.type == "UnknownIssueError"
    assert failure.message.startswith(f"There is no ticket KEY-404 in {office.slug}.")
    assert await office.row("KEY-404") is None


async def test_an_unknown_playbook_fails_clearly_and_writes_nothing(office: Office) -> None:
    failure = await failure_of(await office.start(playbook="standart"))
    assert failure.type == "UnknownPlaybookError"
    assert "no playbook `standart`" in failure.message
    assert await office.row() is None


async def test_a_terminated_run_does_not_hold_up_the_next(
    office: Office, workshop: ScriptedWorkshop
) -> None:
    coder = workshop.held("coder")
    first = await office.start(playbook="code")
    await coder.working.wait()
    await first.terminate()
    old = (await office.row(), await office.ledger())
    workshop.script("coder", done())
    outcome = await (await office.start(playbook="code")).result()
    assert outcome.attempt == 2
    assert old[0] is not None
    row = await office.row_of(old[0].id)
    assert (row.status, (row.failure or "").partition(":")[0]) == ("FAILED", "Terminated")
    # Its agent, its phase, and the work itself.
    assert row.last_sequence == old[1][-1].sequence + 3
    assert await outcomes(office, row.id) == []
    assert await verify_ledger(office.stores.sessions) is None


async def test_an_activity_that_fails_for_good_fails_the_work_with_its_own_reason(
    office: Office, workshop: ScriptedWorkshop
) -> None:
    async def refuses(run: AgentRun) -> AgentResult:
        raise UnknownCommitError(f"{run.base_commit} is nowhere")

    workshop.script("coder", refuses)
    failure = await failure_of(await office.start(playbook="code"))
    assert failure.type == "UnknownCommitError"
    assert [one.error_type for one in await office.facts(OrchestrationFailed)] == [
        "UnknownCommitError"
    ]


async def test_a_hiccup_of_the_workshop_is_tried_again(
    office: Office, workshop: ScriptedWorkshop
) -> None:
    async def stumbles(run: AgentRun) -> AgentResult:
        raise OSError("the disk was busy")

    workshop.script("coder", stumbles, done())
    await (await office.start(playbook="code")).result()
    assert len({run.step for run in workshop.runs_of("coder")}) == 1
    assert (await office.told()).count("AgentCompleted") == 2


async def test_a_ticket_that_failed_can_be_worked_again(
    office: Office, workshop: ScriptedWorkshop
) -> None:
    workshop.script("coder", broken("AgentFailed", "no idea"))
    await failure_of(await office.start(playbook="code"))
    workshop.script("coder", done(commit="c2"))
    outcome = await (await office.start(playbook="code")).result()
    assert (outcome.attempt, outcome.branch) == (2, f"slipway/{KEY}-2")
