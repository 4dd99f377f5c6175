"""A new attempt goes on with what was chosen for the last one, and says so."""

from typing import Any

import pytest

from contracts.choices import TakenOver
from contracts.events import OrchestrationStarted
from contracts.jira_work import SkipPhase
from contracts.phases import Phase
from db.verification import verify_ledger
from tests.workflows.endings import failure_of
from tests.workflows.office import MANAGER, TESTS, Office, phase
from tests.workflows.scripted_workshop import ScriptedWorkshop, broken, ran_tests

CODER = ("work", "--now")
OPEN = (phase("EXPLORE", "explorer"), phase("CODE"), phase("TEST", TESTS))


@pytest.fixture
def office(office: Office) -> Office:
    office.playbook("standard", *OPEN)
    office.playbook("open", *OPEN, description="another one")
    return office


async def started(office: Office) -> OrchestrationStarted:
    event = (await office.ledger())[0].event
    assert isinstance(event, OrchestrationStarted)
    return event


async def fail(office: Office, workshop: ScriptedWorkshop, **said: Any) -> None:
    workshop.script("tests", broken("NoTestCommandError", "found no tests"))
    await failure_of(await office.start(**{"playbook": None, "coder": CODER, **said}))
    workshop.script("tests", ran_tests(3))
    workshop.runs.clear()


@pytest.mark.parametrize(
    ("resume", "worked"), [(False, ["explorer", "coder", "tests"]), (True, ["tests"])]
)
async def test_the_agent_of_the_last_attempt_is_taken_over(
    office: Office, workshop: ScriptedWorkshop, resume: bool, worked: list[str]
) -> None:
    await fail(office, workshop)
    await (await office.start(playbook=None, resume=resume)).result()
    assert [run.agent.name for run in workshop.runs] == worked
    event = await started(office)
    assert event.taken_over == TakenOver(attempt=1, coder=CODER, coded=(Phase.CODE,))
    assert event.choices.coder == CODER
    # As often as it is worked again.
    await (await office.start(playbook=None, again=True)).result()
    assert len(workshop.runs_of("coder")) == 1 + (not resume)
    taken = (await started(office)).taken_over
    assert taken is not None
    assert (taken.attempt, taken.coder) == (2, CODER)
    assert await verify_ledger(office.stores.sessions) is None


async def test_a_playbook_that_was_named_is_taken_over_and_told_by_a_dry_run(
    office: Office, workshop: ScriptedWorkshop
) -> None:
    await fail(office, workshop, playbook="open")
    plan = await (await office.start(playbook=None, dry_run=True)).result()
    taken = TakenOver(attempt=1, playbook="open", coder=CODER, coded=(Phase.CODE,))
    assert plan.taken_over == taken
    assert [one.agents for one in plan.planned if one.phase is Phase.CODE] == [("coder",)]
    await (await office.start(playbook=None)).result()
    event = await started(office)
    assert (event.playbook.name, event.playbook_reason) == ("open", "as in attempt 1")
    assert event.taken_over == taken


async def test_a_phase_that_was_skipped_stays_skipped_when_it_is_resumed(
    office: Office, workshop: ScriptedWorkshop
) -> None:
    office.playbook("late", phase("CODE"), phase("TEST", TESTS), phase("DOCUMENT", "writer"))
    await fail(office, workshop, playbook="late", skip=["DOCUMENT"])
    await (await office.start(playbook=None, resume=True)).result()
    assert [run.agent.name for run in workshop.runs] == ["tests"]
    event = await started(office)
    assert event.options.skip == (Phase.DOCUMENT,)
    assert event.taken_over is not None
    assert event.taken_over.skip == (Phase.DOCUMENT,)


async def test_a_phase_that_somebody_skipped_on_the_way_is_worked_later_unless_it_was_reached(
    office: Office, workshop: ScriptedWorkshop
) -> None:
    office.playbook("late", *OPEN, phase("DOCUMENT", "writer"))
    explorer = workshop.held("explorer")
    workshop.script("tests", broken("NoTestCommandError", "found no tests"))
    work = await office.start(playbook="late", coder=CODER)
    await explorer.working.wait()
    for left_out in (Phase.CODE, Phase.DOCUMENT):
        await office.tell("skip_phase", SkipPhase(phase=left_out, by=MANAGER))
    explorer.go_on.set()
    await failure_of(work)
    workshop.script("tests", ran_tests(3))
    workshop.runs.clear()
    await (await office.start(playbook=None, resume=True)).result()
    assert [run.agent.name for run in workshop.runs] == ["tests", "writer"]


async def test_what_is_completed_is_resumed_only_when_that_is_asked_for(
    office: Office, workshop: ScriptedWorkshop
) -> None:
    await (await office.start(playbook=None, coder=CODER)).result()
    unasked = await office.start(playbook=None, resume=True, resume_after="EXPLORE")
    failure = await failure_of(unasked)
    assert failure.type == "AlreadyCompletedError"
    assert "Say --again with --resume" in failure.message
    nothing = await failure_of(await office.start(playbook=None, resume=True, again=True))
    assert nothing.type == "NothingToResumeError"
    assert "say --resume-after PHASE" in nothing.message
    workshop.runs.clear()
    asked = await office.start(playbook=None, resume=True, resume_after="EXPLORE", again=True)
    assert (await asked.result()).attempt == 2
    assert [run.agent.name for run in workshop.runs] == ["coder", "tests"]


async def test_what_ended_early_by_wish_is_resumed_beyond_its_end(
    office: Office, workshop: ScriptedWorkshop
) -> None:
    await (await office.start(playbook=None, coder=CODER, end="CODE")).result()
    workshop.runs.clear()
    await (await office.start(playbook=None, resume=True, again=True)).result()
    assert [run.agent.name for run in workshop.runs] == ["tests"]
