"""Who decides at a gate, with real roles, accounts, delegations and signatures."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import func, select, update

from activities.approvals import Seals
from clients.orchestrations import RefusedError
from contracts.agents import Answer
from contracts.approvals import Decision, DecisionChannel, DecisionKind, Refusal
from contracts.commands import Account, IdentityProvider
from contracts.delegations import Delegation, DelegationScope
from contracts.events import ApprovalGranted, ApprovalRequested
from contracts.identity import Role
from db.approvals import Approvers
from db.identity import Organizations, People
from db.ids import new_id
from db.models import Approval, ApprovalDecision, AuditLog, Issue, Team, TeamMember, User
from db.models import Delegation as DelegationRow
from db.verification import verify_ledger
from policy.decision_signatures import addressee, signed
from tests.workflows.office import (
    CODE,
    KEY,
    MANAGER,
    PLAN,
    REQUESTER,
    SECOND_MANAGER,
    Office,
    approval,
    ground_of,
    phase,
    rejection,
    until,
    worker_of,
)
from tests.workflows.scripted_workshop import ScriptedWorkshop, blocked, done

VIEWER, GONE, STRANGER = "vic@example.org", "gone@example.org", "stranger@example.org"
DEVELOPER, ADMIN = "dan@example.org", "ada@example.org"
SECRET = "a key that no agent reads"
DAY = timedelta(days=1)


async def settle(office: Office) -> None:
    """More people than the office begins with, and playbooks with gates."""
    async with office.stores.sessions.begin() as session:
        id = await Organizations(session).ensure(office.slug, office.slug)
        people = People(session, id)
        for email, role in (
            *((VIEWER, Role.VIEWER), (GONE, Role.ADMIN)),
            *((DEVELOPER, Role.DEVELOPER), (ADMIN, Role.ADMIN)),
        ):
            await people.ensure(email, email, role)
        await session.execute(update(User).where(User.email == GONE).values(active=False))
        lead = await people.ensure(DEVELOPER, "Dan", Role.DEVELOPER)
        team = Team(id=new_id(), organization_id=id, name="core")
        session.add(team)
        await session.flush()
        member = TeamMember(
            id=new_id(), organization_id=id, team_id=team.id, user_id=lead, role="lead"
        )
        session.add(member)
    levels = [
        {"name": "tech", "approvers": [{"team_role": "lead", "team": "core"}]},
        {"name": "boss", "approvers": [{"role": "MANAGER"}], "quorum": 2},
    ]
    office.playbook("levels", phase("PLAN", "planner", gate={"name": "plan", "levels": levels}))
    office.playbook("gated", PLAN)


@pytest.fixture
async def office(office: Office) -> Office:
    await settle(office)
    return office


async def audited(office: Office, *actions: str) -> list[tuple[str, str]]:
    async with office.stores.sessions() as session:
        id = await Organizations(session).ensure(office.slug, office.slug)
        statement = (
            select(AuditLog.actor_id, AuditLog.result)
            .where(AuditLog.organization_id == id)
            .order_by(AuditLog.timestamp)
        )
        if actions:
            statement = statement.where(AuditLog.action.in_(actions))
        return [(row.actor_id, row.result) for row in (await session.execute(statement)).all()]


async def said(office: Office, decision: Decision) -> str:
    try:
        return str(await office.tell("decide", decision))
    except RefusedError as error:
        return error.refusal


# Who says it, and what they hear while the gate is open. A manager asked for the work.
OPEN = {
    MANAGER: Refusal.OWN_WORK,
    DEVELOPER: Refusal.NOT_AN_APPROVER,
    VIEWER: Refusal.NOT_AN_APPROVER,
    GONE: Refusal.NOT_AN_APPROVER,
    STRANGER: Refusal.NOT_AN_APPROVER,
}
EVERYBODY = [*OPEN, ADMIN, SECOND_MANAGER]
WRONG: dict[Refusal, dict[str, Any]] = {
    Refusal.SUBJECT_CHANGED: {"subject_hash": "f" * 64},
    Refusal.UNKNOWN_APPROVAL: {"gate": "result"},
    Refusal.COMMENT_NEEDED: {"decision": DecisionKind.REJECT, "comment": " "},
}


@pytest.mark.parametrize("channel", DecisionChannel)
async def test_who_is_refused_when_and_that_it_is_written_down(
    office: Office, workshop: ScriptedWorkshop, channel: DecisionChannel
) -> None:
    office.playbook("gated", PLAN, CODE)
    coder = workshop.held("coder")
    handle = await office.start(playbook="gated", requested_by=MANAGER)
    await office.awaited()
    expected: list[tuple[str, str]] = []
    for by, refusal in OPEN.items():
        assert await said(office, approval(by=by, channel=channel)) == refusal
        expected.append((by, refusal))
    for refusal, wrong in WRONG.items():
        for by in (SECOND_MANAGER, MANAGER, STRANGER):
            spoken = approval(by=by, channel=channel).model_copy(update=wrong)
            assert await said(office, spoken) == refusal
            expected.append((by, refusal))
    assert "ApprovalGranted" not in await office.told()
    assert await said(office, approval(by=ADMIN, channel=channel)) == "APPROVED"
    expected.append((ADMIN, "ALLOWED"))
    await coder.working.wait()
    for by in EVERYBODY:
        assert await said(office, approval(by=by, channel=channel)) == Refusal.ALREADY_DECIDED
        expected.append((by, Refusal.ALREADY_DECIDED))
    coder.go_on.set()
    await handle.result()
    assert await audited(office) == expected
    assert (await office.told()).count("ApprovalGranted") == 1


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


def lends(by: str, to: str, days: float = 7, **rest: Any) -> Delegation:
    return Delegation(by=by, to=to, until=datetime.now(UTC) + timedelta(days=days), **rest)


async def test_a_delegate_decides_in_anothers_place(office: Office) -> None:
    handle = await office.start(playbook="gated")
    await office.awaited()
    assert await said(office, approval(by=VIEWER)) == Refusal.NOT_AN_APPROVER
    told = await office.tell("delegate", lends(MANAGER, VIEWER))
    assert told.startswith(f"{VIEWER} decides for {MANAGER} until ")
    assert await said(office, approval(by=VIEWER)) == "APPROVED"
    await handle.result()
    (granted,) = await office.facts(ApprovalGranted)
    async with office.stores.sessions() as session:
        original = await session.get_one(User, granted.on_behalf_of)
        (row,) = (
            await session.scalars(
                select(DelegationRow).where(DelegationRow.from_user_id == original.id)
            )
        ).all()
    assert original.email == MANAGER
    assert row.scope == f"issue:{KEY}"
    assert await audited(office, "delegate") == [(MANAGER, "ALLOWED")]
    assert await verify_ledger(office.stores.sessions) is None


async def test_a_delegation_counts_in_its_scope_and_time(office: Office) -> None:
    handle = await office.start(playbook="gated")
    await office.awaited()
    await office.tell("delegate", lends(MANAGER, VIEWER, scope=DelegationScope.PROJECT))
    now = datetime.now(UTC)
    async with office.stores.sessions() as session:
        approvers = Approvers(session, office.slug)
        viewer = await approvers.member(VIEWER)
        assert viewer is not None
        for key, at, found in (
            ("KEY-2", now, [MANAGER]),
            ("OTHER-1", now, []),
            ("KEY-2", now + 8 * DAY, []),
        ):
            lent = await approvers.principals(viewer, key, at)
            assert [one.email for one in lent] == found
    await office.approve()
    await handle.result()


@pytest.mark.parametrize(
    ("delegation", "refusal"),
    [
        (lends(STRANGER, VIEWER), Refusal.NOT_AN_APPROVER),
        (lends(MANAGER, STRANGER), Refusal.BAD_DELEGATION),
        (lends(MANAGER, GONE), Refusal.BAD_DELEGATION),
        (lends(MANAGER, MANAGER.upper()), Refusal.BAD_DELEGATION),
        (lends(MANAGER, VIEWER, days=31), Refusal.BAD_DELEGATION),
        (lends(MANAGER, VIEWER, days=-1), Refusal.BAD_DELEGATION),
    ],
    ids=["by a stranger", "to a stranger", "to the gone", "to oneself", "too long", "over"],
)
async def test_a_delegation_that_cannot_be_is_refused(
    office: Office, delegation: Delegation, refusal: Refusal
) -> None:
    handle = await office.start(playbook="gated")
    await office.awaited()
    assert await office.refusal("delegate", delegation) == refusal
    assert "ApprovalDelegated" not in await office.told()
    assert await audited(office, "delegate") == [(delegation.by, refusal)]
    await office.approve()
    await handle.result()


async def test_a_person_who_did_the_work_does_not_decide_on_it(
    office: Office, workshop: ScriptedWorkshop
) -> None:
    human = {"kind": "human", "name": "hand", "ask": "Please write it."}
    office.playbook("manual", phase("CODE", human, gate={"name": "result"}))
    handle = await office.start(playbook="manual")
    assert await office.awaited() == "answer to hand"
    await office.tell("answer", Answer(text="done", by=MANAGER))

    async def asked() -> bool:
        return await office.awaited() == "approval result"

    await until(asked)
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


@pytest.fixture
async def strict(closed_office: Office, workshop: ScriptedWorkshop) -> AsyncIterator[Office]:
    """In production."""
    await settle(closed_office)
    ground = ground_of(closed_office.stores, closed_office.folder)
    seals = Seals.of(SecretStr(f"a newer key,{SECRET}"), production=True)
    async with worker_of(closed_office, workshop, replace(ground, seals=seals)):
        yield closed_office


async def test_in_production_only_what_is_signed_counts(strict: Office) -> None:
    to = addressee(strict.slug, KEY)
    handle = await strict.start(playbook="gated")
    await strict.awaited()
    now = datetime.now(UTC)
    forged = signed(approval(vouched=True), "a guess", to, now)
    old = signed(approval(), SECRET, to, now - timedelta(hours=1))
    elsewhere = signed(approval(), SECRET, addressee(strict.slug, "KEY-2"), now)
    for decision in (approval(), approval(vouched=True), forged, old, elsewhere):
        assert await said(strict, decision) == Refusal.UNVERIFIED
    assert await said(strict, signed(approval(), SECRET, to, now)) == "APPROVED"
    await handle.result()
    (granted,) = await strict.facts(ApprovalGranted)
    assert not granted.verified


async def test_a_gate_may_demand_that_a_channel_knows_the_person(strict: Office) -> None:
    to, gate = addressee(strict.slug, KEY), {"name": "plan", "verified": True}
    strict.playbook("sure", phase("PLAN", "planner", gate=gate))
    handle = await strict.start(playbook="sure")
    await strict.awaited()
    now = datetime.now(UTC)
    assert await said(strict, signed(approval(), SECRET, to, now)) == Refusal.UNVERIFIED
    known = approval(vouched=True, channel=DecisionChannel.SLACK)
    assert await said(strict, signed(known, SECRET, to, now)) == "APPROVED"
    await handle.result()
    (granted,) = await strict.facts(ApprovalGranted)
    async with strict.stores.sessions() as session:
        statement = select(ApprovalDecision.channel, ApprovalDecision.verified)
        mine = statement.where(ApprovalDecision.approval_id == granted.approval_id)
        assert (await session.execute(mine)).one() == ("slack", True)
        kept = AuditLog.payload.has_key("signature")
        assert await session.scalar(select(func.count()).where(kept)) == 0


async def test_in_production_nobody_lends_anothers_voice(strict: Office) -> None:
    handle = await strict.start(playbook="gated")
    await strict.awaited()
    to, now = addressee(strict.slug, KEY), datetime.now(UTC)
    assert await strict.refusal("delegate", lends(MANAGER, VIEWER)) == Refusal.UNVERIFIED
    unsure = signed(lends(MANAGER, VIEWER), SECRET, to, now)
    assert await strict.refusal("delegate", unsure) == Refusal.UNVERIFIED
    await strict.tell("delegate", signed(lends(MANAGER, VIEWER, vouched=True), SECRET, to, now))
    await strict.tell("decide", signed(rejection("no", by=VIEWER), SECRET, to, now))
    assert (await handle.describe()).id
