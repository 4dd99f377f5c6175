"""Links on record: made once for one person and request, and found by nothing but their token."""

from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select

from contracts.approvals import ApprovalStatus, DecisionKind
from contracts.commands import Account, IdentityProvider
from contracts.identity import Role
from contracts.orchestrations import OrchestrationStatus
from contracts.phases import Phase
from db.approval_links import ApprovalLinks, Caller, LinkOutcome, OpenApproval
from db.engine import Sessions
from db.identity import People
from db.ids import new_id
from db.models import Approval, AuditLog, Orchestration
from db.projects import Projects
from db.user_identities import UserIdentities
from policy.approval_links import token_hash
from tests.conftest import TestOrganization

MAX = "max@example.org"
NOBODY = Caller(None, "")


def running(organization: TestOrganization, project_id: UUID) -> Orchestration:
    return Orchestration(
        id=new_id(),
        organization_id=organization.id,
        project_id=project_id,
        issue_key="KEY-1",
        project_key="KEY",
        attempt=1,
        workflow_id=f"w-{uuid4()}",
        run_id=uuid4(),
        status=OrchestrationStatus.ACTIVE,
        current_phase=Phase.PLAN,
        requested_by="rita@example.org",
        branch="slipway/KEY-1",
        started_at=datetime.now(UTC),
        tokens=0,
        cost=0,
        last_sequence=1,
        last_hash="x",
    )


def pending(organization: TestOrganization, work: Orchestration) -> Approval:
    return Approval(
        id=new_id(),
        organization_id=organization.id,
        orchestration_id=work.id,
        gate="plan",
        revision=1,
        approval_type="gate",
        subject_hash="abc",
        subject={},
        policy={"name": "plan"},
        level=1,
        status=ApprovalStatus.PENDING,
        requested_at=datetime.now(UTC),
    )


@pytest.fixture
async def asked(sessions: Sessions, organization: TestOrganization) -> OpenApproval:
    """Of Max, a manager."""
    async with sessions.begin() as session:
        await People(session, organization.id).ensure(MAX, "Max", Role.MANAGER)
        project = await Projects(session, organization.id).create("KEY", "/repo")
        work = running(organization, project.id)
        session.add(work)
        await session.flush()
        approval = pending(organization, work)
        session.add(approval)
    async with sessions() as session:
        found = await ApprovalLinks(session).open_request(approval.id)
    assert found is not None
    return found


async def issued(
    sessions: Sessions, asked: OpenApproval, email: str = MAX, *keys: str
) -> str | None:
    async with sessions.begin() as session:
        return await ApprovalLinks(session).issue(asked, email, keys or ("key",))


async def test_a_message_that_is_sent_again_has_the_same_link(
    sessions: Sessions, asked: OpenApproval
) -> None:
    first = await issued(sessions, asked)
    assert first is not None
    assert await issued(sessions, asked, "MAX@example.org") == first
    assert await issued(sessions, asked, MAX, "newer key", "key") == first
    async with sessions() as session:
        link = await ApprovalLinks(session).find(sha256(first.encode()).digest())
    assert link is not None
    assert (link.email, link.approval_id, link.subject_hash) == (MAX, asked.id, "abc")


async def test_a_link_dies_with_its_key(sessions: Sessions, asked: OpenApproval) -> None:
    old = await issued(sessions, asked)
    new = await issued(sessions, asked, MAX, "another key")
    assert old is not None
    assert new is not None
    async with sessions() as session:
        links = ApprovalLinks(session)
        assert await links.find(token_hash(old) or b"") is None
        assert await links.find(token_hash(new) or b"") is not None


async def test_another_subject_has_another_link(sessions: Sessions, asked: OpenApproval) -> None:
    assert await issued(sessions, replace(asked, subject_hash="def")) != await issued(
        sessions, asked
    )


async def test_only_a_members_own_address_gets_a_link(
    sessions: Sessions, asked: OpenApproval, organization: TestOrganization
) -> None:
    async with sessions.begin() as session:
        user_id = await People(session, organization.id).ensure("m@x.test", "M", Role.MANAGER)
        list_ = Account(provider=IdentityProvider.EMAIL, external_id="all@example.org")
        await UserIdentities(session, organization.id).vouch(list_, user_id)
    assert await issued(sessions, asked, "stranger@example.org") is None
    assert await issued(sessions, asked, "all@example.org") is None
    assert await issued(sessions, asked, "m@x.test") is not None


async def test_what_is_used_is_not_given_out_again(sessions: Sessions, asked: OpenApproval) -> None:
    token = await issued(sessions, asked)
    assert token is not None
    for kind in (DecisionKind.APPROVE, DecisionKind.REJECT):
        async with sessions.begin() as session:
            links = ApprovalLinks(session)
            link = await links.find(token_hash(token) or b"")
            assert link is not None
            await links.spend(link.id, kind)
    async with sessions() as session:
        link = await ApprovalLinks(session).find(token_hash(token) or b"")
    assert link is not None
    assert link.decision is DecisionKind.APPROVE
    assert await issued(sessions, asked) is None


async def test_refusals_that_came_together_count_once(
    sessions: Sessions, asked: OpenApproval
) -> None:
    token = await issued(sessions, asked)
    assert token is not None
    async with sessions.begin() as session:
        links = ApprovalLinks(session)
        link = await links.find(token_hash(token) or b"")
        assert link is not None
        for _ in range(2):
            await links.refuse(link)
        for _ in range(2):
            await links.audit(link, NOBODY, LinkOutcome("COMMENT", "ALLOWED", once="same"))
        rows = select(func.count()).where(AuditLog.organization_id == link.organization_id)
        assert await session.scalar(rows) == 1
        again = await links.find(token_hash(token) or b"")
    assert again is not None
    assert again.refusals == 1


async def test_a_decided_request_is_open_no_more(sessions: Sessions, asked: OpenApproval) -> None:
    async with sessions.begin() as session:
        row = await session.get_one(Approval, asked.id)
        row.status = ApprovalStatus.APPROVED
    async with sessions() as session:
        assert await ApprovalLinks(session).open_request(asked.id) is None
        assert await ApprovalLinks(session).open_request(uuid4()) is None
