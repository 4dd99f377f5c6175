"""A gate: who is refused, with which reason, and that nothing is changed by it."""

import asyncio
from collections import Counter
from uuid import uuid4

import pytest
from sqlalchemy import select
from temporalio.client import WorkflowUpdateFailedError
from temporalio.service import RPCError

from clients.temporal.orchestrations import COME_AGAIN, RefusedError
from contracts.approvals import Decision, Refusal
from contracts.events import ApprovalRequested
from contracts.identity import Role
from db.identity import Organizations, People
from db.models import AuditLog
from tests.workflows.office import (
    CODE,
    KEY,
    MANAGER,
    PLAN,
    REQUESTER,
    SECOND_MANAGER,
    Office,
    approval,
    changes,
    rejection,
)
from tests.workflows.people_house import statuses
from tests.workflows.scripted_workshop import ScriptedWorkshop
from workflows.gate import MOST_TRIES_EACH


@pytest.fixture
def office(office: Office) -> Office:
    office.playbook("gated", PLAN, CODE)
    return office


@pytest.mark.parametrize(
    ("decision", "refusal"),
    [
        (approval(by="stranger@example.org"), Refusal.NOT_AN_APPROVER),
        (approval(by=REQUESTER), Refusal.NOT_AN_APPROVER),
        (approval(subject_hash="f" * 64), Refusal.SUBJECT_CHANGED),
        (approval(gate="result"), Refusal.UNKNOWN_APPROVAL),
        (rejection(" "), Refusal.COMMENT_NEEDED),
        (changes(""), Refusal.COMMENT_NEEDED),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_a_refused_decision_changes_nothing(
    office: Office, decision: Decision, refusal: Refusal
) -> None:
    handle = await office.start(playbook="gated")
    await office.awaited()
    assert await office.refusal("decide", decision) == refusal
    assert await statuses(office) == [(1, "PENDING")]
    await office.approve()
    await handle.result()
    assert await statuses(office) == [(1, "APPROVED")]


async def test_who_never_stops_trying_takes_no_try_from_others(office: Office) -> None:
    handle = await office.start(playbook="gated")
    await office.awaited()
    for _ in range(MOST_TRIES_EACH):
        assert await office.refusal("decide", changes("")) == Refusal.COMMENT_NEEDED
    assert await office.refusal("decide", changes("")) == Refusal.NOT_AN_APPROVER
    await office.tell("decide", approval(by=SECOND_MANAGER))
    await handle.result()


async def test_nobody_decides_on_work_they_asked_for(office: Office) -> None:
    handle = await office.start(playbook="gated", requested_by=MANAGER)
    await office.awaited()
    shouted = MANAGER.upper()
    assert await office.refusal("decide", approval(by=shouted)) == Refusal.OWN_WORK
    await office.tell("decide", approval(by=SECOND_MANAGER))
    await handle.result()


async def test_a_decision_by_nobody_is_not_even_understood(office: Office) -> None:
    handle = await office.start(playbook="gated")
    await office.awaited()
    with pytest.raises(WorkflowUpdateFailedError):
        await handle.execute_update("decide", {"by": "", "decision": "APPROVE"})
    assert await statuses(office) == [(1, "PENDING")]
    await office.approve()
    await handle.result()


async def test_before_anything_is_asked_there_is_nothing_to_decide(
    office: Office, workshop: ScriptedWorkshop
) -> None:
    planner = workshop.held("planner")
    handle = await office.start(playbook="gated")
    await planner.working.wait()
    assert await office.refusal("decide", approval()) == Refusal.UNKNOWN_APPROVAL
    planner.go_on.set()
    await office.approve()
    await handle.result()


async def test_a_second_decision_comes_too_late(office: Office, workshop: ScriptedWorkshop) -> None:
    coder = workshop.held("coder")
    handle = await office.start(playbook="gated")
    await office.approve()
    await coder.working.wait()
    assert await office.refusal("decide", rejection("no")) == Refusal.ALREADY_DECIDED
    coder.go_on.set()
    await handle.result()


async def heard(office: Office, decision: Decision) -> str:
    """The server lets ten in at a time, on a machine that is busy the last of fifty only after our
    patience; then they come again."""
    once = str(uuid4())
    while True:
        try:
            return str(await office.work.update(KEY, "decide", decision, once))
        except RefusedError as refused:
            return refused.refusal
        except RPCError as error:
            if error.status not in COME_AGAIN:
                raise


async def test_of_fifty_who_decide_at_once_one_does(
    office: Office, workshop: ScriptedWorkshop
) -> None:
    coder = workshop.held("coder")
    names = [f"m{number}@example.org" for number in range(50)]
    async with office.stores.sessions.begin() as session:
        id = await Organizations(session).ensure(office.slug, office.slug)
        for name in names:
            await People(session, id).ensure(name, name, Role.MANAGER)
    handle = await office.start(playbook="gated")
    await office.awaited()
    told = await asyncio.gather(*(heard(office, approval(by=name)) for name in names))
    assert Counter(told) == {"APPROVED": 1, Refusal.ALREADY_DECIDED: 49}
    assert (await office.told()).count("ApprovalGranted") == 1
    await coder.working.wait()
    coder.go_on.set()
    await handle.result()


async def test_each_decision_that_was_looked_up_leaves_a_line_in_the_audit_log(
    office: Office,
) -> None:
    handle = await office.start(playbook="gated")
    await office.awaited()
    await office.refusal("decide", approval(by="stranger@example.org"))
    await office.approve()
    await handle.result()
    approval_id = (await office.facts(ApprovalRequested))[0].approval_id
    async with office.stores.sessions() as session:
        rows = await session.execute(
            select(AuditLog.actor_id, AuditLog.result)
            .where(AuditLog.resource_id == str(approval_id))
            .order_by(AuditLog.timestamp)
        )
    assert [tuple(row) for row in rows.all()] == [
        ("stranger@example.org", Refusal.NOT_AN_APPROVER),
        (MANAGER, "ALLOWED"),
    ]
