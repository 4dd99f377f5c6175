"""A gate that binds: leaving its phase out does not leave it out."""

from typing import Any

import pytest
from temporalio.exceptions import CancelledError

from contracts.events import ApprovalRequested, PhaseSkipped, PhaseStarted
from contracts.jira_work import SkipPhase
from contracts.phases import Phase
from tests.workflows.endings import ending_of, failure_of
from tests.workflows.office import (
    CODE,
    MANAGER,
    REQUESTER,
    Handle,
    Office,
    changes,
    phase,
    rejection,
    until,
)
from tests.workflows.scripted_workshop import ScriptedWorkshop, broken, done

EXPLORE = phase("EXPLORE", "explorer")
PLAN = phase("PLAN", "planner", gate={"name": "plan", "binding": True})


@pytest.fixture
def office(office: Office) -> Office:
    office.playbook("gated", EXPLORE, PLAN, CODE)
    return office


async def asked_at(office: Office) -> list[tuple[str | None, object]]:
    return [
        (one.phase, one.event.subject.get("asked_again"))
        for one in await office.ledger()
        if isinstance(one.event, ApprovalRequested)
    ]


async def worked(office: Office) -> list[str]:
    ledger = await office.ledger()
    return [f"{one.phase}" for one in ledger if isinstance(one.event, PhaseStarted)]


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"skip": ["PLAN"]}, f"PLAN was left out by {REQUESTER}: skipped by option"),
        ({"start": "CODE"}, f"PLAN was left out by {REQUESTER}: before --start CODE"),
    ],
    ids=["skip", "start"],
)
async def test_it_asks_before_the_next_phase(
    office: Office, options: dict[str, Any], why: str
) -> None:
    handle = await office.start(playbook="gated", **options)
    await office.awaited()
    assert "CODE" not in await worked(office)
    assert await asked_at(office) == [(Phase.PLAN, why)]
    await office.approve()
    await handle.result()
    assert (await worked(office))[-1] == "CODE"
    assert len(await asked_at(office)) == 1


async def test_it_asks_where_somebody_skips_the_phase_on_the_way(
    office: Office, workshop: ScriptedWorkshop
) -> None:
    handle = await skipping(office, workshop)
    assert await asked_at(office) == [(Phase.PLAN, f"PLAN was left out by {MANAGER}: no time")]
    await office.approve()
    await handle.result()
    assert await worked(office) == ["EXPLORE", "CODE"]


async def test_whoever_requests_changes_has_the_phase_worked_after_all(
    office: Office, workshop: ScriptedWorkshop
) -> None:
    handle = await skipping(office, workshop)
    await request_a_plan(office)
    await office.approve()
    await handle.result()
    assert await worked(office) == ["EXPLORE", "PLAN", "CODE"]
    assert [one for one, _ in await asked_at(office)] == [Phase.PLAN] * 2


async def test_changes_are_worked_where_an_option_left_the_phase_out(office: Office) -> None:
    handle = await office.start(playbook="gated", start="CODE")
    await office.awaited()
    await request_a_plan(office)
    await office.approve()
    await handle.result()
    assert await worked(office) == ["PLAN", "CODE"]


async def test_a_rejection_ends_the_work_and_going_on_asks_again(
    office: Office, workshop: ScriptedWorkshop
) -> None:
    handle = await skipping(office, workshop)
    await office.tell("decide", rejection("never without a plan"))
    assert (await failure_of(handle)).type == "Rejected"
    handle = await office.start(playbook="gated", resume=True)
    await office.awaited()
    assert await asked_at(office) != []
    await office.approve()
    await handle.result()


async def test_what_was_approved_is_not_asked_again_by_a_later_attempt(
    office: Office, workshop: ScriptedWorkshop
) -> None:
    workshop.script("coder", broken("AgentTimedOut", "took too long"), done("coded"))
    handle = await skipping(office, workshop)
    await office.approve()
    await failure_of(handle)
    await (await office.start(playbook="gated", resume=True)).result()
    assert await asked_at(office) == []


async def test_work_that_was_left_at_the_gate_of_its_last_phase_can_be_gone_on_with(
    office: Office, workshop: ScriptedWorkshop
) -> None:
    """As if nobody had left the phase out: no checkpoint says that it is done."""
    last = phase("CODE", "coder", gate={"name": "code", "binding": True})
    office.playbook("last", EXPLORE, last)
    explorer = workshop.held("explorer")
    handle = await office.start(playbook="last")
    await explorer.working.wait()
    await office.tell("skip_phase", SkipPhase(phase=Phase.CODE, by=MANAGER))
    explorer.go_on.set()
    await office.awaited()
    await handle.cancel()
    assert await ending_of(handle) is CancelledError
    handle = await office.start(playbook="last", resume=True)
    await office.approve()
    await handle.result()
    assert await worked(office) == ["CODE"]


async def test_a_gate_that_is_all_that_is_left_is_named(office: Office) -> None:
    last = phase("CODE", "coder", gate={"name": "code", "binding": True})
    office.playbook("last", EXPLORE, last)
    handle = await office.start(playbook="last", skip=["CODE"])
    await office.awaited()
    await handle.cancel()
    assert await ending_of(handle) is CancelledError
    failure = await failure_of(await office.start(playbook="last", resume=True))
    assert "gate code waits for a decision" in failure.message


async def test_work_that_ends_before_the_phase_is_not_asked_about_it(office: Office) -> None:
    await (await office.start(playbook="gated", end="EXPLORE")).result()
    assert await asked_at(office) == []
    assert len(await office.facts(PhaseSkipped)) == 2


async def test_a_gate_of_repairs_that_nobody_needed_is_not_asked(office: Office) -> None:
    fix = phase("FIX", "fixer", gate={"name": "fix", "binding": True})
    office.playbook("repairs", CODE, phase("TEST"), fix)
    await (await office.start(playbook="repairs", skip=["FIX"])).result()
    assert await asked_at(office) == []


async def request_a_plan(office: Office) -> None:
    await office.tell("decide", changes("not without a plan"))

    async def again() -> bool:
        return len(await asked_at(office)) == 2

    await until(again)


async def skipping(office: Office, workshop: ScriptedWorkshop) -> Handle:
    """It waits at the gate of PLAN, which somebody left out while EXPLORE was worked."""
    explorer = workshop.held("explorer")
    handle = await office.start(playbook="gated")
    await explorer.working.wait()
    skip = SkipPhase(phase=Phase.PLAN, by=MANAGER, reason="no time")
    said = "PLAN will be skipped, but gate plan asks before the work goes on"
    assert await office.tell("skip_phase", skip) == said
    explorer.go_on.set()
    await office.awaited()
    return handle
