"""How work starts: once at a time, from where it is asked to, and not again unasked."""

import asyncio
from typing import Any

import pytest

from contracts.events import CheckpointRestored
from contracts.orchestrations import OrchestrationStatus
from contracts.phases import Phase
from tests.workflows.endings import failure_of
from tests.workflows.office import CODE, KEY, TESTS, Office, phase
from tests.workflows.scripted_workshop import ScriptedWorkshop, broken, done, ran_tests

LINE = (phase("EXPLORE", "explorer"), CODE, phase("TEST", TESTS), phase("DOCUMENT", "writer"))


@pytest.fixture
def office(office: Office) -> Office:
    office.playbook("line", *LINE)
    repair = (CODE, phase("TEST", TESTS), phase("FIX", "fixer"))
    office.playbook("repair", *repair, on_limit="end")
    return office


def names(workshop: ScriptedWorkshop) -> list[str]:
    return [run.agent.name for run in workshop.runs]


async def test_of_many_starts_at_once_there_is_one_run(
    office: Office, workshop: ScriptedWorkshop
) -> None:
    explorer = workshop.held("explorer")
    starts = [office.start(playbook="line") for _ in range(20)]
    handles = await asyncio.gather(*starts)
    await explorer.working.wait()
    explorer.go_on.set()
    outcomes = await asyncio.gather(*(handle.result() for handle in handles))
    assert len({outcome.orchestration_id for outcome in outcomes}) == 1
    assert names(workshop) == ["explorer", "coder", "tests", "writer"]


async def test_two_tickets_are_worked_side_by_side(office: Office) -> None:
    one, two = await asyncio.gather(
        office.start(playbook="line"), office.start("KEY-2", playbook="line")
    )
    outcomes = await asyncio.gather(one.result(), two.result())
    assert [outcome.branch for outcome in outcomes] == ["slipway/KEY-1", "slipway/KEY-2"]


async def test_a_completed_ticket_is_not_worked_again_unasked(
    office: Office, workshop: ScriptedWorkshop
) -> None:
    await (await office.start(playbook="line")).result()
    failure = await failure_of(await office.start(playbook="line"))
    assert failure.type == "AlreadyCompletedError"
    assert len(names(workshop)) == 4
    again = await (await office.start(playbook="line", again=True)).result()
    assert (again.attempt, again.branch) == (2, f"slipway/{KEY}-2")


async def test_a_resumed_attempt_goes_on_behind_the_last_checkpoint(
    office: Office, workshop: ScriptedWorkshop
) -> None:
    workshop.script("coder", done("coded", commit="c0de"))
    workshop.script("tests", broken("NoTestCommandError", "found no tests"))
    await failure_of(await office.start(playbook="line"))
    workshop.runs.clear()
    workshop.script("tests", ran_tests(3))
    outcome = await (await office.start(playbook="line", resume=True)).result()
    assert (outcome.attempt, outcome.branch) == (2, f"slipway/{KEY}-2")
    assert outcome.commit == "c0de"
    assert names(workshop) == ["tests", "writer"]
    assert workshop.runs[0].base_commit == "c0de"
    assert [one.summary for one in workshop.runs[0].earlier] == ["explorer is done", "coded"]
    assert [one.commit for one in await office.facts(CheckpointRestored)] == ["c0de"]


async def test_a_resumed_attempt_keeps_the_playbook_it_began_with(
    office: Office, workshop: ScriptedWorkshop
) -> None:
    workshop.script("tests", broken("NoTestCommandError", "found no tests"))
    await failure_of(await office.start(playbook="line"))
    workshop.runs.clear()
    workshop.script("tests", ran_tests(3))
    outcome = await (await office.start(playbook=None, resume=True)).result()
    assert outcome.attempt == 2
    assert names(workshop) == ["tests", "writer"]


async def test_a_resumed_attempt_goes_on_behind_the_phase_that_is_named(
    office: Office, workshop: ScriptedWorkshop
) -> None:
    workshop.script("tests", broken("NoTestCommandError", "found no tests"))
    await failure_of(await office.start(playbook="line"))
    workshop.runs.clear()
    workshop.script("tests", ran_tests(3))
    handle = await office.start(playbook="line", resume=True, resume_after="EXPLORE")
    await handle.result()
    assert names(workshop) == ["coder", "tests", "writer"]


async def test_an_attempt_that_stayed_red_is_resumed_with_fresh_repair_rounds(
    office: Office, workshop: ScriptedWorkshop
) -> None:
    workshop.script("tests", ran_tests(0, "a"))
    await failure_of(await office.start(playbook="repair"))
    workshop.runs.clear()
    workshop.script("tests", ran_tests(1))
    outcome = await (await office.start(playbook="repair", resume=True)).result()
    assert outcome.status is OrchestrationStatus.COMPLETED
    assert names(workshop) == ["fixer", "tests"]


@pytest.mark.parametrize("options", [{}, {"resume_after": "CODE"}])
async def test_without_a_checkpoint_there_is_nothing_to_resume(
    office: Office, workshop: ScriptedWorkshop, options: dict[str, str]
) -> None:
    workshop.script("explorer", broken("AgentFailed", "no idea"))
    await failure_of(await office.start(playbook="line"))
    failure = await failure_of(await office.start(playbook="line", resume=True, **options))
    assert failure.type == "NothingToResumeError"


async def test_a_ticket_that_was_never_worked_cannot_be_resumed(office: Office) -> None:
    failure = await failure_of(await office.start(playbook="line", resume=True))
    assert failure.type == "NothingToResumeError"


@pytest.mark.parametrize(
    ("options", "worked"),
    [
        ({"start": "TEST"}, ["tests", "writer"]),
        ({"end": "CODE"}, ["explorer", "coder"]),
        ({"skip": ["EXPLORE", "TEST"]}, ["coder", "writer"]),
        ({"start": "CODE", "end": "TEST", "skip": ["CODE"]}, ["tests"]),
    ],
)
async def test_options_cut_the_playbook_down(
    office: Office, workshop: ScriptedWorkshop, options: dict[str, Any], worked: list[str]
) -> None:
    await (await office.start(playbook="line", **options)).result()
    assert names(workshop) == worked
    assert (await office.told()).count("PhaseSkipped") == 4 - len(worked)


async def test_with_every_phase_skipped_there_is_nothing_to_work(office: Office) -> None:
    failure = await failure_of(await office.start(playbook="repair", end="EXPLORE"))
    assert failure.type == "NothingToWorkError"
    assert await office.row() is None


async def test_a_dry_run_tells_the_plan_and_does_nothing(
    office: Office, workshop: ScriptedWorkshop
) -> None:
    outcome = await (await office.start(playbook="line", dry_run=True, skip=["CODE"])).result()
    assert [(one.phase, one.skipped_because) for one in outcome.planned] == [
        (Phase.EXPLORE, None),
        (Phase.CODE, "skipped by option"),
        (Phase.TEST, None),
        (Phase.DOCUMENT, None),
    ]
    assert (outcome.dry_run, outcome.status) == (True, None)
    assert (workshop.runs, await office.row()) == ([], None)


async def test_the_command_that_was_ordered_codes_where_the_playbook_names_nobody(
    office: Office, workshop: ScriptedWorkshop
) -> None:
    office.playbook("open", phase("CODE"))
    await (await office.start(playbook="open", coder=("work", "--now"))).result()
    assert names(workshop) == ["coder"]


async def test_an_attempt_is_told_of_similar_tickets(
    office: Office, workshop: ScriptedWorkshop
) -> None:
    await (await office.start("KEY-2", playbook="line")).result()
    await (await office.start(playbook="line")).result()
    similar = workshop.runs[-1].similar
    assert [(one.issue_key, one.success) for one in similar] == [("KEY-2", True)]
