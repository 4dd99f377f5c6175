"""Approvals become void when what they were given for changes, and are asked again."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from temporalio.testing import WorkflowEnvironment

from contracts.events import ApprovalRequested, ApprovalVoided
from contracts.identity import Role
from tests.workflows.asking_house import AS_OPENED
from tests.workflows.consent_house import AGAIN, DAY, EDITED, ConsentHouse, begin
from tests.workflows.gate_house import House
from tests.workflows.office import phase

PLAN = phase("PLAN", gate={"name": "plan"})
CODE = phase("CODE", "coder", gate={"name": "result"})
TEST, FIX = phase("TEST"), phase("FIX", "fixer")
BOOKS = {"kind": "builtin", "name": "document", "use": "document"}
DOCUMENT = phase("DOCUMENT", BOOKS)
HOUR = timedelta(hours=1)


@pytest.fixture
async def house(environment: WorkflowEnvironment) -> AsyncIterator[House]:
    house = House(environment, workflow=ConsentHouse)
    house.people.add("rita", Role.DEVELOPER)
    house.people.add("max", Role.MANAGER)
    async with house.at_work():
        yield house


async def test_work_that_is_repaired_after_its_approval_is_asked_about_once_more_at_the_end(
    house: House,
) -> None:
    names = ("CODE", "TEST", "FIX", "TEST", "FIX", "TEST")
    run = await begin(house, [CODE, TEST, FIX], *names)
    await run.says("result")
    await run.says("result")
    assert await run.ends() == ["result 1", "result granted void", "result 2"]
    first, second = [
        one.event
        for one in (await run.asked.seen()).facts
        if isinstance(one.event, ApprovalRequested)
    ]
    assert (first.subject["commit"], second.subject["commit"]) == ("CODE-1", "FIX-2")
    assert second.subject["asked_again"] == "the work was changed after it was approved"


async def test_work_that_stays_as_it_was_approved_is_asked_about_once(house: House) -> None:
    run = await begin(house, [PLAN, CODE, TEST])
    await run.says("plan")
    await run.says("result")
    assert await run.ends() == ["plan 1", "result 1"]


async def test_a_plan_is_not_void_for_being_carried_out(house: House) -> None:
    run = await begin(house, [PLAN, phase("CODE", "coder"), TEST, FIX], "PLAN", "CODE", "FIX")
    await run.says("plan")
    assert await run.ends() == ["plan 1"]


@pytest.mark.parametrize(
    ("agent", "told"),
    [
        (BOOKS, ["result 1"]),
        ("writer", ["result 1", "result granted void", "result 2"]),
    ],
    ids=["a note of our own", "an agent"],
)
async def test_what_document_writes(house: House, agent: Any, told: list[str]) -> None:
    document = phase("DOCUMENT", agent)
    run = await begin(house, [CODE, document], writers=("CODE", "DOCUMENT"))
    for _ in told[::2]:
        await run.says("result")
    assert await run.ends() == told


async def test_a_note_of_our_own_does_not_hide_what_was_changed_before(house: House) -> None:
    writers = ("CODE", "FIX", "DOCUMENT")
    run = await begin(house, [CODE, TEST, FIX, DOCUMENT], writers=writers)
    await run.says("result")
    await run.says("result")
    assert await run.ends() == ["result 1", "result granted void", "result 2"]


async def test_changes_that_are_requested_at_the_end_are_worked_and_asked_about(
    house: House,
) -> None:
    run = await begin(house, [CODE, TEST, FIX], "CODE", "FIX")
    await run.says("result")
    await run.says("result", "REQUEST_CHANGES", comment="not so")
    await run.says("result")
    await run.says("result")
    voided = "result granted void"
    assert await run.ends() == ["result 1", voided, "result 2", "result 3", voided, "result 4"]


async def test_a_changed_ticket_voids_what_was_granted_before_the_next_phase(house: House) -> None:
    run = await begin(house, [PLAN, CODE, TEST])
    await run.says("plan")
    await run.asked.passes(HOUR)
    for _ in range(3):
        await run.hears(EDITED)
    assert await run.told() == ["plan 1", "plan granted void"]
    await run.says("result")
    await run.says("plan")
    assert await run.ends() == ["plan 1", "plan granted void", "result 1", "plan 2"]


async def test_a_changed_ticket_voids_what_is_asked_and_what_was_granted(house: House) -> None:
    run = await begin(house, [PLAN, CODE, TEST])
    await run.says("plan")
    await run.asked.passes(DAY + HOUR)
    await run.hears(EDITED)
    await run.says("result")
    await run.says("plan")
    told = await run.ends()
    assert sorted(told[2:4]) == ["plan granted void", "result void"]
    assert told[4:] == ["result 2", "plan 2"]
    last = (await run.asked.seen()).facts
    shown = [one.event for one in last if isinstance(one.event, ApprovalRequested)]
    assert [one.subject["ticket_hash"][0] for one in shown] == ["1", "1", "2", "2"]


async def test_a_ticket_that_reads_as_it_did_voids_nothing(house: House) -> None:
    run = await begin(house, [PLAN, CODE])
    await run.says("plan")
    await run.hears(AS_OPENED)
    await run.says("result")
    assert await run.ends() == ["plan 1", "result 1"]


async def test_each_change_of_the_ticket_is_asked_about(house: House) -> None:
    run = await begin(house, [PLAN, TEST])
    await run.says("plan")
    await run.hears(EDITED)
    await run.asked.passes(DAY + HOUR)
    await run.hears(AGAIN)
    await run.says("plan")
    assert await run.ends() == ["plan 1", "plan granted void", "plan 2", "plan void", "plan 3"]


async def test_an_edit_before_anything_was_asked_is_shown_with_the_first_question(
    house: House,
) -> None:
    run = await begin(house, [PLAN])
    await run.hears(EDITED)
    await run.says("plan")
    assert await run.ends() == ["plan 1"]
    (asked, _) = [one.event for one in (await run.asked.seen()).facts]
    assert isinstance(asked, ApprovalRequested)
    assert asked.subject["ticket_hash"] == EDITED


async def test_a_plan_that_is_worked_again_is_approved_again(house: House) -> None:
    run = await begin(house, [PLAN, CODE], "PLAN", "PLAN", "CODE")
    await run.says("plan")
    await run.says("plan")
    await run.says("result")
    assert await run.ends() == ["plan 1", "plan granted void", "plan 2", "result 1"]
    why = [
        one.event.reason
        for one in (await run.asked.seen()).facts
        if isinstance(one.event, ApprovalVoided)
    ]
    assert why == ["PLAN is worked again after it was approved"]


async def test_a_plan_that_no_longer_fits_the_ticket_is_made_anew(house: House) -> None:
    run = await begin(house, [PLAN, TEST, CODE], "PLAN", "TEST", "CODE")
    await run.says("plan")
    await run.asked.passes(HOUR)
    await run.hears(EDITED)
    await run.says("plan", "REQUEST_CHANGES", comment="the ticket says another thing now")
    await run.says("plan")
    await run.says("result")
    assert await run.ends() == ["plan 1", "plan granted void", "plan 2", "plan 3", "result 1"]


async def test_what_was_granted_and_what_is_void_goes_along_when_a_run_continues_as_new(
    house: House,
) -> None:
    run = await begin(house, [PLAN, CODE, TEST, FIX])
    await run.says("plan")
    await run.asked.handle.signal("onward")
    await run.says("result")
    await run.asked.passes(HOUR)
    await run.hears(EDITED)
    await run.asked.handle.signal("onward")
    for gate in ("plan", "result", "result"):
        await run.says(gate)
    told = await run.ends()
    assert told[:2] == ["plan 1", "result 1"]
    assert sorted(told[2:4]) == ["plan granted void", "result granted void"]
    assert told[4:] == ["plan 2", "result 2", "result granted void", "result 3"]
