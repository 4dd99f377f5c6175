"""Deadlines, escalations and reminders of a gate, over days that the server skips."""

import asyncio
from datetime import timedelta

import pytest
from temporalio.client import WorkflowFailureError
from temporalio.exceptions import CancelledError

from contracts.events import ApprovalEscalated, ApprovalRequested
from contracts.levels import Risk
from tests.workflows.gate_house import GateHouse, House
from tests.workflows.levels_house import (
    APPROVED,
    DAY,
    HOUR,
    LEAD,
    MANAGER,
    PENDING,
    gate,
    level,
    staffed,
)
from tests.workflows.skipped_time import time_skipping


async def test_levels_come_one_after_the_other_with_their_own_time(house: House) -> None:
    asked = await house.ask(gate(level("tech", LEAD), level("boss", MANAGER, patience=2 * DAY)))
    await asked.passes(20 * HOUR)
    assert await asked.says("max") == "NOT_AN_APPROVER"
    assert await asked.says("lea") == PENDING
    requests = [one.event for one in (await asked.seen()).facts]
    levels = [
        (one.level, one.first, one.expires_at)
        for one in requests
        if isinstance(one, ApprovalRequested)
    ]
    assert [(number, first) for number, first, _ in levels] == [(1, True), (2, False)]
    assert levels[1][2] - levels[0][2] > 43 * HOUR
    await asked.passes(47 * HOUR)
    assert await asked.says("max") == APPROVED


async def test_silence_expires_after_the_levels_own_time(house: House) -> None:
    asked = await house.ask(gate(level("tech", LEAD, patience=7 * DAY)))
    seen = await asked.handle.result()
    assert (seen.decision, seen.facts[-1].event.type) == (None, "ApprovalExpired")
    (after,) = await asked.times("ApprovalExpired")
    assert 7 * DAY <= after < 7 * DAY + HOUR


async def test_an_escalation_asks_others_as_well_and_then_expires(house: House) -> None:
    steps = [{"approvers": [MANAGER], "patience": 2 * HOUR}] * 2
    asked = await house.ask(gate(level("tech", LEAD, on_timeout="escalate", escalation=steps)))
    seen = await asked.handle.result()
    kinds = [one.event.type for one in seen.facts]
    assert kinds == ["ApprovalRequested", *["ApprovalEscalated"] * 2, "ApprovalExpired"]
    first, second = await asked.times("ApprovalEscalated")
    assert DAY <= first < DAY + HOUR
    assert timedelta() <= second - first - 2 * HOUR < HOUR


async def test_whom_it_was_escalated_to_decides_in_anybodys_place(house: House) -> None:
    step = {"approvers": [MANAGER], "patience": DAY}
    asked = await house.ask(gate(level("tech", LEAD, on_timeout="escalate", escalation=[step])))
    assert await asked.says("max") == "NOT_AN_APPROVER"
    await asked.passes(DAY + HOUR)
    await asked.waits_for("lead or manager")
    assert await asked.says("max") == APPROVED


@pytest.mark.parametrize("risk", Risk)
async def test_only_a_low_risk_passes_by_itself(house: House, risk: Risk) -> None:
    house.people.risk = risk
    asked = await house.ask(gate(level("tech", LEAD, on_timeout="approve_if_low_risk")))
    seen = await asked.handle.result()
    passed = seen.decision is not None
    assert passed == (risk is Risk.LOW)
    assert seen.facts[-1].event.type == ("ApprovalGranted" if passed else "ApprovalExpired")


async def test_reminders_go_to_those_who_have_not_decided(house: House) -> None:
    asked = await house.ask(gate(level("both", MANAGER, quorum=2, remind=6 * HOUR)))
    await asked.passes(HOUR)
    await asked.says("max")
    await asked.passes(20 * HOUR)
    assert await asked.says("mia") == APPROVED
    times = await asked.times("NotificationRequested")
    assert [round(one / HOUR) for one in times] == [6, 12, 18]
    assert all(len(question.votes) == 1 for question in house.people.named)


async def test_a_run_may_be_cancelled_while_it_looks_up_whom_to_remind() -> None:
    """On a server of its own: time stands still there for what a cancelled run has left."""
    async with time_skipping() as own, staffed(own) as house:
        asked = await house.ask(gate(level("tech", LEAD, remind=6 * HOUR)))
        house.people.pause = asyncio.Event()
        passing = asyncio.create_task(asked.passes(7 * HOUR))
        await house.people.asked.wait()
        await asked.handle.cancel()
        with pytest.raises(WorkflowFailureError) as failure:
            await asyncio.wait_for(asked.handle.result(), 60)
        house.people.pause.set()
        passing.cancel()
        await asyncio.wait([passing])
        assert isinstance(failure.value.cause, CancelledError)


async def test_an_approval_at_the_instant_of_the_timeout_has_one_outcome(house: House) -> None:
    asked = await house.ask(gate(level("tech", LEAD, patience=HOUR)))
    house.people.pause = asyncio.Event()
    said = asyncio.create_task(asked.says("lea"))
    await house.people.asked.wait()
    house.people.pause.set()
    await asked.passes(HOUR)
    status = await said
    seen = await asked.handle.result()
    kinds = [one.event.type for one in seen.facts]
    outcome = {APPROVED: "ApprovalGranted", "ALREADY_DECIDED": "ApprovalExpired"}
    assert kinds == ["ApprovalRequested", outcome[status]]
    assert (seen.decision is None) == (status != APPROVED)
    await asked.replays(GateHouse)


async def test_what_was_asked_and_escalated_replays(house: House) -> None:
    step = {"approvers": [MANAGER], "patience": DAY}
    asked = await house.ask(
        gate(
            level("tech", LEAD, remind=6 * HOUR, on_timeout="escalate", escalation=[step]),
            level("boss", MANAGER, quorum=2),
        )
    )
    await asked.passes(DAY + HOUR)
    await asked.says("lea")
    await asked.says("max")
    await asked.passes(2 * HOUR)
    await asked.says("mia")
    seen = await asked.handle.result()
    assert any(isinstance(one.event, ApprovalEscalated) for one in seen.facts)
    await asked.replays(GateHouse)
