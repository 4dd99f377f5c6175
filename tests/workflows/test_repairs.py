"""TEST, and FIX for as long as TEST is red."""

from typing import Any

import pytest

from contracts.events import OrchestrationCompleted, OrchestrationFailed, PhaseStarted
from contracts.orchestrations import OrchestrationStatus
from tests.workflows.endings import failure_of
from tests.workflows.office import CODE, TESTS, Office, phase
from tests.workflows.scripted_workshop import ScriptedWorkshop, done, ran_tests

PHASES = (CODE, phase("TEST", TESTS), phase("FIX", "fixer"), phase("DOCUMENT", "writer"))


async def phases_of(office: Office) -> list[tuple[str | None, int]]:
    return [
        (one.phase, one.event.round)
        for one in await office.ledger()
        if isinstance(one.event, PhaseStarted)
    ]


async def test_red_tests_are_fixed_and_tested_again(
    office: Office, workshop: ScriptedWorkshop
) -> None:
    office.playbook("repair", *PHASES)
    workshop.script("tests", ran_tests(2, "test_rounding"), ran_tests(3))
    outcome = await (await office.start(playbook="repair")).result()
    assert outcome.status is OrchestrationStatus.COMPLETED
    assert await phases_of(office) == [
        ("CODE", 1),
        ("TEST", 1),
        ("FIX", 1),
        ("TEST", 2),
        ("DOCUMENT", 1),
    ]
    last_tests = workshop.runs_of("writer")[0].last_tests
    assert last_tests is not None
    assert last_tests.green


async def test_the_fixer_is_told_what_is_red_and_the_tests_see_its_commit(
    office: Office, workshop: ScriptedWorkshop
) -> None:
    office.playbook("repair", *PHASES)
    workshop.script("tests", ran_tests(2, "test_rounding"), ran_tests(3))
    workshop.script("fixer", done("mended", commit="f1"))
    await (await office.start(playbook="repair")).result()
    last_tests = workshop.runs_of("fixer")[0].last_tests
    assert last_tests is not None
    assert [test.name for test in last_tests.failures] == ["test_rounding"]
    assert workshop.runs_of("tests")[1].base_commit == "f1"


async def test_each_repair_is_an_effect_of_its_own(
    office: Office, workshop: ScriptedWorkshop
) -> None:
    office.playbook("repair", *PHASES)
    workshop.script("tests", ran_tests(2, "a"), ran_tests(2, "b"), ran_tests(3))
    await (await office.start(playbook="repair")).result()
    assert [run.step for run in workshop.runs_of("fixer")] == ["FIX/1/fixer", "FIX/2/fixer"]


async def test_tests_that_stay_red_fail_the_work_where_the_playbook_says_so(
    office: Office, workshop: ScriptedWorkshop
) -> None:
    office.playbook("repair", *PHASES, repair_rounds=2, on_limit="end")
    workshop.script("tests", ran_tests(2, "test_rounding"))
    failure = await failure_of(await office.start(playbook="repair"))
    reason = "tests are still red after 2 repair rounds (2 passed, 1 failed: test_rounding)"
    assert (failure.type, failure.message) == ("TestsStayRed", reason)
    assert len(workshop.runs_of("fixer")) == 2
    row = await office.row()
    assert row is not None
    assert (row.status, row.failure) == ("FAILED", f"TestsStayRed: {reason}")
    ended = (await office.facts(OrchestrationFailed))[0].outcome
    assert ended is not None
    assert (ended.tests_passed, ended.rework_count) == (False, 2)


@pytest.mark.parametrize("options", [{"end": "TEST"}, {"skip": ["FIX"]}])
async def test_a_fix_that_was_left_out_is_no_repair(
    office: Office, workshop: ScriptedWorkshop, options: dict[str, Any]
) -> None:
    office.playbook("repair", *PHASES)
    workshop.script("tests", ran_tests(3))
    await (await office.start(playbook="repair", **options)).result()
    ended = (await office.facts(OrchestrationCompleted))[0].outcome
    assert ended is not None
    assert (ended.tests_passed, ended.rework_count) == (True, 0)


async def test_red_tests_without_anybody_to_fix_them_fail_the_work(
    office: Office, workshop: ScriptedWorkshop
) -> None:
    office.playbook("red", phase("TEST", TESTS), phase("DOCUMENT", "writer"))
    workshop.script("tests", ran_tests(0, "a"))
    failure = await failure_of(await office.start(playbook="red"))
    assert failure.type == "TestsStayRed"
    assert workshop.runs_of("writer") == []


async def test_another_agents_claim_of_green_tests_counts_for_nothing(
    office: Office, workshop: ScriptedWorkshop
) -> None:
    office.playbook("claim", CODE, phase("DOCUMENT", "writer"))
    workshop.script("coder", ran_tests(99))
    await (await office.start(playbook="claim")).result()
    assert workshop.runs_of("writer")[0].last_tests is None
    assert "TestRunCompleted" not in await office.told()
