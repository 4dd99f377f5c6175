"""Who decides at a gate, with real roles and accounts."""

import pytest
from sqlalchemy import select, update

from contracts.agents import Answer
from contracts.approvals import Refusal
from contracts.commands import Account, IdentityProvider
from contracts.events import ApprovalRequested
from contracts.identity import Role
from db.approvals import Approvers
from db.identity import Organizations, People
from db.models import Approval, ApprovalDecision, Issue
from db.verification import verify_ledger
from tests.workflows.office import (
    CODE,
    KEY,
    MANAGER,
    REQUESTER,
    SECOND_MANAGER,
    Office,
    approval,
    phase,
    until,
)
from tests.workflows.people_house import (
    DEVELOPER,
    GONE,
    STRANGER,
    VIEWER,
    audited,
    said,
    settle,
)
from tests.workflows.scripted_workshop import ScriptedWorkshop, blocked, done


@pytest.fixture
async def office(office: Office) -> Office:
    await settle(office)
    return office


async def test_levels_are_asked_one_by_one_and_the_tables_follow(office: Office) -> None:
    handle = await office.start(playbook="levels")
    await office.awaited()
    assert await said(office, approval(by=MANAGER)) == Refusal.NOT_AN_APPROVER
    assert await said(office, approval(by=DEVELOPER)) == "PENDING"
    assert await said(office, approval(by=DEVELOPER)) == Refusal.NOT_AN_APPROVER
    async with office.stores.sessions() as session:
        (waiting,) = await Approvers(session, office.slug).waiting()
    assert (waiting.level, waiting.asked_of) == (2, "2 of manager")
    assert await said(office, approval(by=MANAGER)) == "PENDING"
    assert await said(office, approval(by=MANAGER)) == Refusal.ALREADY_DECIDED
    assert await said(office, approval(by=SECOND_MANAGER)) == "APPROVED"
    await handle.result()
    id = (await office.facts(ApprovalRequested))[0].approval_id
    async with office.stores.sessions() as session:
        row = await session.get_one(Approval, id)
        assert (row.level, row.status) == (2, "APPROVED")
        decided = select(ApprovalDecision.level).where(ApprovalDecision.approval_id == id)
        levels = (await session.scalars(decided.order_by(ApprovalDecision.level))).all()
        assert levels == [1, 2, 2]
        assert await Approvers(session, office.slug).waiting() == []
    assert await verify_ledger(office.stores.sessions) is None


async def test_a_role_taken_away_counts_at_once(office: Office) -> None:
    handle = await office.start(playbook="gated")
    await office.awaited()
    async with office.stores.sessions.begin() as session:
        id = await Organizations(session).ensure(office.slug, office.slug)
        await People(session, id).set_role(MANAGER, Role.DEVELOPER)
    assert await said(office, approval(by=MANAGER)) == Refusal.NOT_AN_APPROVER
    assert await said(office, approval(by=SECOND_MANAGER)) == "APPROVED"
    await handle.result()


async def test_an_account_is_the_person_it_is_linked_to(office: Office) -> None:
    slack = IdentityProvider.SLACK
    async with office.stores.sessions.begin() as session:
        id = await Organizations(session).ensure(office.slug, office.slug)
        account = Account(provider=slack, external_id="T1:U1")
        await People(session, id).link(MANAGER, account)
        mail = Account(provider=IdentityProvider.EMAIL, external_id="max@home.test")
        await People(session, id).link(MANAGER, mail)
    handle = await office.start(playbook="gated", requested_by="max@home.test")
    await office.awaited()
    assert await said(office, approval(by="slack:T2:U1")) == Refusal.NOT_AN_APPROVER
    assert await said(office, approval(by="slack:T1:U1")) == Refusal.OWN_WORK
    assert await said(office, approval(by=MANAGER)) == Refusal.OWN_WORK
    assert await said(office, approval(by=SECOND_MANAGER)) == "APPROVED"
    await handle.result()


async def test_another_organizations_manager_is_nobody_here(office: Office) -> None:
    async with office.stores.sessions.begin() as session:
        id = await Organizations(session).ensure(f"{office.slug}-2", "Other")
        await People(session, id).ensure(STRANGER, "S", Role.ADMIN)
    handle = await office.start(playbook="gated")
    await office.awaited()
    assert await said(office, approval(by=STRANGER)) == Refusal.NOT_AN_APPROVER
    await office.approve()
    await handle.result()


async def test_a_person_who_did_the_work_does_not_decide_on_it(office: Office) -> None:
    human = {"kind": "human", "name": "hand", "ask": "Please write it."}
    office.playbook("manual", phase("CODE", human, gate={"name": "result"}))
    handle = await office.start(playbook="manual")
    assert await office.awaited() == "answer to hand"
    await office.tell("answer", Answer(text="done", by=MANAGER))
    await office.awaits("approval result")
    assert await said(office, approval(by=MANAGER)) == Refusal.OWN_WORK
    assert await said(office, approval(by=SECOND_MANAGER)) == "APPROVED"
    await handle.result()


async def test_a_ticket_that_was_changed_is_asked_about_again(office: Office) -> None:
    handle = await office.start(playbook="gated")
    await office.awaited()
    async with office.stores.sessions.begin() as session:
        row = await office.row()
        assert row is not None
        mine = Issue.organization_id == row.organization_id
        changed = update(Issue).where(Issue.key == KEY, mine)
        await session.execute(changed.values(title="Round half a cent down"))
    assert await said(office, approval()) == Refusal.SUBJECT_CHANGED

    async def asked_again() -> bool:
        return len(await office.facts(ApprovalRequested)) == 2

    await until(asked_again)
    assert await said(office, approval()) == "APPROVED"
    await handle.result()
    async with office.stores.sessions() as session:
        statement = select(Approval.revision, Approval.status).order_by(Approval.revision)
        rows = await session.execute(statement.where(Approval.orchestration_id == row.id))
        assert [tuple(one) for one in rows.all()] == [(1, "VOID"), (2, "APPROVED")]


@pytest.mark.parametrize("by", [VIEWER, GONE, STRANGER])
async def test_who_does_not_work_on_code_does_not_answer(
    office: Office, workshop: ScriptedWorkshop, by: str
) -> None:
    office.playbook("ask", CODE)
    workshop.script("coder", blocked("Up or down?"), done("rounded"))
    handle = await office.start(playbook="ask")
    await office.awaited()
    assert await office.refusal("answer", Answer(text="up", by=by)) == Refusal.NOT_AN_APPROVER
    assert "QuestionAnswered" not in await office.told()
    await office.tell("answer", Answer(text="down", by=REQUESTER))
    await handle.result()
    assert await audited(office, "answer") == [
        (by, Refusal.NOT_AN_APPROVER),
        (REQUESTER, "ALLOWED"),
    ]
