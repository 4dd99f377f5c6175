"""How long links to decide by are kept."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select, update
from temporalio.testing import ActivityEnvironment

from activities.retention import RetentionActivities
from contracts.approvals import ApprovalStatus
from contracts.identity import Role
from contracts.orchestrations import OrchestrationStatus
from db.approval_link_retention import count_old, forget_old
from db.engine import Sessions
from db.identity import People
from db.models import Approval, ApprovalLink, Orchestration
from db.projects import Projects
from db.webhook_retention import Ages
from tests.conftest import TestOrganization
from tests.db.test_approval_links import MAX, pending, running

AGE = timedelta(days=30)
PENDING, APPROVED = ApprovalStatus.PENDING, ApprovalStatus.APPROVED


@dataclass(frozen=True)
class Case:
    """A link and its request; times are how many days ago that was."""

    status: ApprovalStatus = PENDING
    changed: int = 40
    expired: int | None = None
    used: int = 40
    ended: bool = False
    known: bool = True


CASES = {
    "waits": Case(),
    "waits for long": Case(expired=-5),
    "was over yesterday": Case(expired=1),
    "was over long ago": Case(expired=31),
    "decided": Case(APPROVED),
    "decided of late": Case(APPROVED, changed=20),
    "decided, and looked at since": Case(APPROVED, used=1),
    "of work that has ended": Case(ended=True),
    "of nothing that is known": Case(known=False),
}
GONE = {
    "was over long ago",
    "decided",
    "of work that has ended",
    "of nothing that is known",
}


@pytest.fixture
async def links(sessions: Sessions, organization: TestOrganization) -> dict[UUID, str]:
    """Their cases, by their ids."""
    async with sessions.begin() as session:
        user_id = await People(session, organization.id).ensure(MAX, "Max", Role.MANAGER)
        project = await Projects(session, organization.id).create("KEY", "/repo")
        works = [running(organization, project.id) for _ in range(2)]
        works[1].issue_key, works[1].status = "KEY-2", OrchestrationStatus.FAILED
        session.add_all(works)
        await session.flush()
        approvals = {name: _approval(organization, works, name) for name in CASES}
        session.add_all([one for name, one in approvals.items() if CASES[name].known])
        made = {name: _link(organization, user_id, one.id) for name, one in approvals.items()}
        session.add_all(made.values())
        await session.flush()
        for name, case in CASES.items():
            await session.execute(
                update(Approval)
                .where(Approval.id == approvals[name].id)
                .values(updated_at=_ago(case.changed))
            )
            await session.execute(
                update(ApprovalLink)
                .where(ApprovalLink.id == made[name].id)
                .values(updated_at=_ago(case.used))
            )
    return {link.id: name for name, link in made.items()}


def _approval(organization: TestOrganization, works: list[Orchestration], name: str) -> Approval:
    case = CASES[name]
    approval = pending(organization, works[case.ended])
    approval.revision = list(CASES).index(name) + 1
    approval.status = case.status
    approval.expires_at = None if case.expired is None else _ago(case.expired)
    return approval


def _link(organization: TestOrganization, user_id: UUID, approval_id: UUID) -> ApprovalLink:
    return ApprovalLink(
        id=uuid4(),
        organization_id=organization.id,
        approval_id=approval_id,
        user_id=user_id,
        subject_hash="abc",
        nonce=b"",
        token_hash=uuid4().bytes,
    )


def _ago(days: int) -> datetime:
    return datetime.now(UTC) - timedelta(days=days)


async def _left(sessions: Sessions, links: dict[UUID, str]) -> set[str]:
    async with sessions() as session:
        rows = select(ApprovalLink.id).where(ApprovalLink.id.in_(links))
        return {links[id] for id in await session.scalars(rows)}


async def test_what_can_be_decided_by_or_was_of_late_stays(
    sessions: Sessions, links: dict[UUID, str]
) -> None:
    async with sessions() as session:
        assert await count_old(session, AGE) >= len(GONE)  # Other tests leave some too.
    forget = RetentionActivities(sessions, Ages.of_days(30, 90)).forget_approval_links
    assert await ActivityEnvironment().run(forget) >= len(GONE)
    assert await _left(sessions, links) == set(CASES) - GONE
    assert await ActivityEnvironment().run(forget) == 0


async def test_who_is_at_work_on_a_link_is_not_waited_for(
    sessions: Sessions, links: dict[UUID, str]
) -> None:
    taken = next(id for id, name in links.items() if name == "decided")
    async with sessions.begin() as busy:
        await busy.execute(
            select(func.now()).where(ApprovalLink.id == taken).with_for_update(of=ApprovalLink)
        )
        async with sessions.begin() as session:
            assert await forget_old(session, AGE) >= len(GONE) - 1
    assert await _left(sessions, links) == (set(CASES) - GONE) | {"decided"}
