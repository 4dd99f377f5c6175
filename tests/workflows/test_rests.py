"""What people tell a run on its way: rest, go on, leave that out, mind this."""

from typing import Any

import pytest
from temporalio.exceptions import CancelledError

from clients.temporal.orchestrations import NotRunningError
from contracts.events import GuidanceGiven, OrchestrationPaused, PhaseSkipped
from contracts.jira_work import Guidance, Pause, Resume, SkipPhase
from contracts.phases import Phase
from tests.workflows.endings import ending_of, failure_of
from tests.workflows.office import (
    MANAGER,
    REQUESTER,
    TESTS,
    Handle,
    Office,
    phase,
    until,
    worker_of,
)
from tests.workflows.scripted_workshop import Held, ScriptedWorkshop, ran_tests

PAUSE, RESUME = Pause(by=MANAGER, reason="lunch"), Resume(by=REQUESTER)


@pytest.fixture
def explorer(workshop: ScriptedWorkshop) -> Held:
    return workshop.held("explorer")


@pytest.fixture
def office(office: Office) -> Office:
    office.playbook(
        "three", phase("EXPLORE", "explorer"), phase("CODE", "coder"), phase("DOCUMENT", "writer")
    )
    return office


async def exploring(office: Office, explorer: Held, **rest: Any) -> Handle:
    handle = await office.start(playbook="three", **rest)
    await explorer.working.wait()
    return handle


async def paused(office: Office) -> bool:
    row = await office.row()
    return row is not None and row.status == "PAUSED"


async def test_a_pause_takes_effect_after_the_phase_and_shows_in_the_table(
    office: Office, workshop: ScriptedWorkshop, explorer: Held
) -> None:
    handle = await exploring(office, explorer)
    assert await office.tell("pause", PAUSE) == "pauses after EXPLORE"
    assert not await paused(office)
    explorer.go_on.set()
    await until(lambda: paused(office))
    assert workshop.runs_of("coder") == []
    assert await office.tell("resume", RESUME) == "goes on"
    await handle.result()
    row = await office.row()
    assert row is not None
    assert row.status == "COMPLETED"
    rests = [
        (one.event.type, one.actor.id)
        for one in await office.ledger()
        if one.event.type in ("OrchestrationPaused", "OrchestrationResumed")
    ]
    assert rests == [("OrchestrationPaused", MANAGER), ("OrchestrationResumed", REQUESTER)]
    assert (await office.facts(OrchestrationPaused))[0].reason == "lunch"


async def test_a_pause_that_is_taken_back_in_time_leaves_no_trace(
    office: Office, explorer: Held
) -> None:
    handle = await exploring(office, explorer)
    await office.tell("pause", PAUSE)
    await office.tell("resume", RESUME)
    explorer.go_on.set()
    await handle.result()
    assert "OrchestrationPaused" not in await office.told()


async def test_to_pause_twice_or_to_resume_what_runs_is_refused(
    office: Office, explorer: Held
) -> None:
    handle = await exploring(office, explorer)
    assert await office.refusal("resume", RESUME) == "NOT_PAUSED"
    await office.tell("pause", PAUSE)
    assert await office.refusal("pause", PAUSE) == "ALREADY_PAUSED"
    await office.tell("resume", RESUME)
    explorer.go_on.set()
    await handle.result()


async def test_a_paused_run_can_be_cancelled(office: Office, explorer: Held) -> None:
    handle = await exploring(office, explorer)
    await office.tell("pause", PAUSE)
    explorer.go_on.set()
    await until(lambda: paused(office))
    await handle.cancel()
    assert await ending_of(handle) is CancelledError
    assert (await office.told())[-2:] == ["OrchestrationPaused", "OrchestrationCancelled"]
    row = await office.row()
    assert row is not None
    assert row.status == "CANCELLED"


async def test_a_phase_that_has_not_begun_can_be_skipped(
    office: Office, workshop: ScriptedWorkshop, explorer: Held
) -> None:
    handle = await exploring(office, explorer)
    skip = SkipPhase(phase=Phase.CODE, by=MANAGER, reason="a person has coded it")
    assert await office.tell("skip_phase", skip) == "CODE will be skipped"
    explorer.go_on.set()
    await handle.result()
    assert (workshop.runs_of("coder"), len(workshop.runs_of("writer"))) == ([], 1)
    skipped = [one for one in await office.ledger() if isinstance(one.event, PhaseSkipped)]
    assert [(one.phase, one.actor.id, one.event) for one in skipped] == [
        (Phase.CODE, MANAGER, PhaseSkipped(round=1, reason="a person has coded it"))
    ]


@pytest.mark.parametrize(
    ("phase", "refusal"), [(Phase.EXPLORE, "ALREADY_BEGUN"), (Phase.PLAN, "NOT_PLANNED")]
)
async def test_what_has_begun_or_was_never_planned_is_not_skipped(
    office: Office, explorer: Held, phase: Phase, refusal: str
) -> None:
    handle = await exploring(office, explorer)
    assert await office.refusal("skip_phase", SkipPhase(phase=phase, by=MANAGER)) == refusal
    explorer.go_on.set()
    await handle.result()


async def test_a_phase_is_skipped_once(office: Office, explorer: Held) -> None:
    handle = await exploring(office, explorer)
    skip = SkipPhase(phase=Phase.CODE, by=MANAGER)
    await office.tell("skip_phase", skip)
    assert await office.refusal("skip_phase", skip) == "ALREADY_SKIPPED"
    explorer.go_on.set()
    await handle.result()


async def test_red_tests_are_not_tried_again_when_fixing_was_skipped(
    office: Office, workshop: ScriptedWorkshop, explorer: Held
) -> None:
    office.playbook(
        "three", phase("EXPLORE", "explorer"), phase("TEST", TESTS), phase("FIX", "fixer")
    )
    workshop.script("tests", ran_tests(1, "a"))
    handle = await exploring(office, explorer)
    await office.tell("skip_phase", SkipPhase(phase=Phase.FIX, by=MANAGER))
    explorer.go_on.set()
    assert (await failure_of(handle)).type == "TestsStayRed"
    assert len(workshop.runs_of("tests")) == 1


async def test_guidance_reaches_the_next_phase_and_only_that(
    office: Office, workshop: ScriptedWorkshop, explorer: Held
) -> None:
    handle = await exploring(office, explorer)
    for text in ("mind the tests", "use Decimal"):
        await handle.signal("guide", Guidance(text=text, by=MANAGER))
    assert (await office.state()).guidance_waiting == 2
    explorer.go_on.set()
    await handle.result()
    heard = {run.agent.name: run.guidance for run in workshop.runs}
    assert heard == {
        "explorer": (),
        "coder": ("mind the tests", "use Decimal"),
        "writer": (),
    }
    assert [one.text for one in await office.facts(GuidanceGiven)] == [
        "mind the tests",
        "use Decimal",
    ]


async def test_guidance_given_while_a_phase_is_worked_reaches_its_next_agent(
    office: Office, workshop: ScriptedWorkshop, explorer: Held
) -> None:
    office.playbook("pair", phase("EXPLORE", "explorer", "second"), phase("CODE", "coder"))
    handle = await office.start(playbook="pair")
    await explorer.working.wait()
    await handle.signal("guide", Guidance(text="use Decimal", by=MANAGER))
    await until(lambda: is_told(office))  # Though the agent works on.
    explorer.go_on.set()
    await handle.result()
    heard = {run.agent.name: run.guidance for run in workshop.runs}
    assert heard == {"explorer": (), "second": ("use Decimal",), "coder": ()}


async def is_told(office: Office) -> bool:
    return await office.facts(GuidanceGiven) != []


async def test_who_works_by_rules_is_shown_guidance_and_leaves_it_to_who_reads_it(
    office: Office, workshop: ScriptedWorkshop, explorer: Held
) -> None:
    rules = {"kind": "builtin", "name": "rules", "use": "plan"}
    reader = {"kind": "llm", "name": "reader", "task": "Review it."}
    steps = (phase("EXPLORE", "explorer"), phase("PLAN", rules), phase("CODE", reader))
    office.playbook("three", *steps, phase("DOCUMENT", "writer"))
    handle = await exploring(office, explorer)
    await handle.signal("guide", Guidance(text="split it", by=MANAGER))
    explorer.go_on.set()
    await handle.result()
    heard = {run.agent.name: run.guidance for run in workshop.runs}
    assert heard == {
        "explorer": (),
        "rules": ("split it",),
        "reader": ("split it",),
        "writer": (),
    }


async def test_guidance_given_before_the_work_is_open_is_not_lost(
    closed_office: Office, workshop: ScriptedWorkshop
) -> None:
    closed_office.playbook("one", phase("CODE", "coder"))
    handle = await closed_office.start(playbook="one")
    await handle.signal("guide", Guidance(text="use Decimal", by=MANAGER))
    async with worker_of(closed_office, workshop):
        await handle.result()
    assert workshop.runs_of("coder")[0].guidance == ("use Decimal",)


async def test_a_run_that_is_over_hears_nothing_more(office: Office, explorer: Held) -> None:
    handle = await exploring(office, explorer)
    explorer.go_on.set()
    await handle.result()
    with pytest.raises(NotRunningError):
        await office.tell("pause", PAUSE)
