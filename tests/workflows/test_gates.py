"""A gate: what each decision does."""

import asyncio

import pytest
from sqlalchemy import text
from temporalio.exceptions import CancelledError

from clients.temporal.orchestrations import RefusedError
from contracts.approvals import ApprovalStatus, Refusal
from contracts.events import ApprovalRequested, ApprovalVoided, PhaseStarted
from tests.workflows.endings import ending_of, failure_of
from tests.workflows.office import (
    CODE,
    MANAGER,
    PLAN,
    SECOND_MANAGER,
    Office,
    approval,
    changes,
    phase,
    rejection,
    until,
)
from tests.workflows.people_house import (
    statuses,
)
from tests.workflows.scripted_workshop import ScriptedWorkshop


@pytest.fixture
def office(office: Office) -> Office:
    office.playbook("gated", PLAN, CODE)
    return office


async def test_the_request_is_in_the_table_while_the_gate_waits(office: Office) -> None:
    handle = await office.start(playbook="gated")
    await office.awaited()
    requested = (await office.facts(ApprovalRequested))[0]
    awaited = (await office.state()).awaited
    assert awaited is not None
    assert (awaited.approval_id, awaited.subject_hash) == (
        requested.approval_id,
        requested.subject_hash,
    )
    assert awaited.whom == "admin or manager"
    assert await statuses(office) == [(1, "PENDING")]
    await office.approve()
    await handle.result()
    assert await statuses(office) == [(1, "APPROVED")]


async def test_a_rejection_fails_the_work_with_its_reason(office: Office) -> None:
    handle = await office.start(playbook="gated")
    await office.awaited()
    assert await office.tell("decide", rejection("too risky")) == ApprovalStatus.REJECTED
    failure = await failure_of(handle)
    assert (failure.type, failure.message) == ("Rejected", f"{MANAGER} rejected plan: too risky")
    row = await office.row()
    assert row is not None
    assert (row.status, row.failure) == ("FAILED", f"Rejected: {failure.message}")
    assert await statuses(office) == [(1, "REJECTED")]


async def test_requested_changes_are_planned_for_in_a_new_round(
    office: Office, workshop: ScriptedWorkshop
) -> None:
    handle = await office.start(playbook="gated")
    await office.awaited()
    await office.tell("decide", changes("keep the API"))

    async def asked_again() -> bool:
        return len(await office.facts(ApprovalRequested)) == 2

    await until(asked_again)
    await office.approve()
    await handle.result()
    assert [run.guidance for run in workshop.runs_of("planner")] == [(), ("keep the API",)]
    assert workshop.runs_of("coder")[0].guidance == ()
    assert await statuses(office) == [(1, "REJECTED"), (2, "APPROVED")]
    assert [one.round for one in await office.facts(PhaseStarted)] == [1, 2, 1]


async def test_an_approvals_comment_guides_the_next_agent(
    office: Office, workshop: ScriptedWorkshop
) -> None:
    handle = await office.start(playbook="gated")
    await office.awaited()
    await office.tell("decide", approval(comment="mind the tests"))
    await handle.result()
    assert workshop.runs_of("coder")[0].guidance == ("mind the tests",)


async def test_silence_ends_the_work_when_patience_does(office: Office) -> None:
    gate = {"name": "plan", "patience": "PT0.3S"}
    office.playbook("hasty", phase("PLAN", "planner", gate=gate))
    failure = await failure_of(await office.start(playbook="hasty"))
    assert (failure.type, failure.message) == (
        "ApprovalExpired",
        "nobody decided on plan in time",
    )
    assert await statuses(office) == [(1, "EXPIRED")]


async def test_a_decision_whose_look_up_outlasts_patience_is_refused(office: Office) -> None:
    gate = {"name": "plan", "patience": "PT3S"}
    office.playbook("hasty", phase("PLAN", "planner", gate=gate))
    handle = await office.start(playbook="hasty")
    await office.awaited()
    async with office.stores.sessions.begin() as session:
        # Whoever looks up an approver leaves a line here, and cannot for as long as this lasts.
        await session.execute(text("LOCK TABLE audit_logs IN EXCLUSIVE MODE"))
        refused = asyncio.create_task(office.refusal("decide", approval()))

        async def expired() -> bool:
            return (await office.state()).awaited is None

        await until(expired)
    assert await refused == Refusal.ALREADY_DECIDED
    assert (await failure_of(handle)).type == "ApprovalExpired"
    assert await statuses(office) == [(1, "EXPIRED")]


async def test_a_gate_without_agents_still_asks(office: Office) -> None:
    office.playbook("bare", phase("DOCUMENT", gate={"name": "result"}))
    handle = await office.start(playbook="bare")
    assert await office.awaited() == "approval result"
    await office.approve()
    await handle.result()


async def test_a_gate_may_trust_whoever_asked_for_the_work(office: Office) -> None:
    gate = {"name": "plan", "allow_requester": True}
    office.playbook("trusting", phase("PLAN", "planner", gate=gate))
    handle = await office.start(playbook="trusting", requested_by=MANAGER)
    await office.approve()
    await handle.result()


async def test_of_two_decisions_at_once_only_one_counts(
    office: Office, workshop: ScriptedWorkshop
) -> None:
    coder = workshop.held("coder")
    handle = await office.start(playbook="gated")
    await office.awaited()
    answers = await asyncio.gather(
        office.tell("decide", approval()),
        office.tell("decide", approval(by=SECOND_MANAGER)),
        return_exceptions=True,
    )
    refused = [one for one in answers if isinstance(one, RefusedError)]
    assert [one.refusal for one in refused] == [Refusal.ALREADY_DECIDED]
    assert ApprovalStatus.APPROVED in answers
    coder.go_on.set()
    await handle.result()
    assert (await office.told()).count("ApprovalGranted") == 1


async def test_work_that_is_cancelled_at_a_gate_voids_what_it_asked(office: Office) -> None:
    handle = await office.start(playbook="gated")
    await office.awaited()
    await handle.cancel()
    assert await ending_of(handle) is CancelledError
    assert await statuses(office) == [(1, "VOID")]
    assert len(await office.facts(ApprovalVoided)) == 1
