"""Every query on links by which people decide: made once, found by their token's hash, spent."""

from collections.abc import Sequence
from dataclasses import dataclass
from secrets import token_bytes
from uuid import UUID, uuid5

from sqlalchemy import ColumnElement, and_, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.approval_links import ApprovalLink, RequestStanding
from contracts.approvals import ApprovalStatus, DecisionKind
from contracts.identity import ActorType
from contracts.orchestrations import RUNNING
from db.ids import new_id
from db.models import (
    Approval,
    AuditLog,
    Membership,
    Orchestration,
    Organization,
    User,
)
from db.models import ApprovalLink as LinkRow
from policy.approval_links import LinkTo, token_hash, token_of


@dataclass(frozen=True)
class Caller:
    """Where a decision came from, as far as its request says."""

    address: str | None
    agent: str


@dataclass(frozen=True)
class LinkOutcome:
    """`once` tells outcomes of one link apart: each is written once."""

    action: str
    result: str
    once: str
    reason: str = ""


@dataclass(frozen=True)
class OpenApproval:
    """A request that still waits for its decision."""

    id: UUID
    organization_id: UUID
    issue_key: str
    subject_hash: str


class ApprovalLinks:
    """The caller owns the transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def open_request(self, approval_id: UUID) -> OpenApproval | None:
        """None once it is decided, or over."""
        found = await self._session.execute(
            select(Approval, Orchestration.issue_key)
            .join(Orchestration, Orchestration.id == Approval.orchestration_id)
            .where(
                Approval.id == approval_id,
                Approval.status == ApprovalStatus.PENDING,
                Orchestration.status.in_(RUNNING),
            )
        )
        row = found.one_or_none()
        if row is None:
            return None
        one: Approval = row[0]
        return OpenApproval(one.id, one.organization_id, row[1], one.subject_hash)

    async def issue(self, asked: OpenApproval, email: str, keys: Sequence[str]) -> str | None:
        """The token of this member's link to the request: the same whenever it is asked for, as
        long as one of the keys has made it. None for who is no member, or has used it."""
        user_id = await self._member(asked.organization_id, email)
        if user_id is None:
            return None
        to = LinkTo(asked.id, user_id, asked.subject_hash)
        nonce = token_bytes(32)
        made = insert(LinkRow).values(
            id=new_id(),
            organization_id=asked.organization_id,
            nonce=nonce,
            token_hash=token_hash(token_of(keys[0], nonce, to)),
            **vars(to),
        )
        await self._session.execute(made.on_conflict_do_nothing())
        row = await self._session.scalar(select(LinkRow).where(_bound(to)).with_for_update())
        if row is None or row.used_at is not None:
            return None
        for key in keys:
            token = token_of(key, row.nonce, to)
            if token_hash(token) == row.token_hash:
                return token
        # Its key is gone, and with it the link: a new one takes its place.
        token = token_of(keys[0], nonce, to)
        row.nonce, row.token_hash = nonce, token_hash(token) or b""
        return token

    async def find(self, hash: bytes) -> ApprovalLink | None:
        found = await self._session.execute(
            select(LinkRow, Organization.slug, User, Membership.id, Approval, Orchestration)
            .join(Organization, Organization.id == LinkRow.organization_id)
            .join(User, User.id == LinkRow.user_id)
            .outerjoin(
                Membership,
                (Membership.user_id == User.id)
                & (Membership.organization_id == LinkRow.organization_id),
            )
            .outerjoin(Approval, Approval.id == LinkRow.approval_id)
            .outerjoin(Orchestration, Orchestration.id == Approval.orchestration_id)
            .where(LinkRow.token_hash == hash)
        )
        row = found.one_or_none()
        return None if row is None else _link(row)

    async def spend(self, id: UUID, decision: DecisionKind) -> None:
        """Repeatable: the first decision stays on record."""
        link = update(LinkRow).where(LinkRow.id == id, LinkRow.used_at.is_(None))
        await self._session.execute(link.values(decision=decision, used_at=func.now()))

    async def refuse(self, link: ApprovalLink) -> None:
        """Counts a refusal, once for all that were sent with the same number."""
        seen = update(LinkRow).where(LinkRow.id == link.id, LinkRow.refusals == link.refusals)
        await self._session.execute(seen.values(refusals=link.refusals + 1))

    async def audit(self, link: ApprovalLink, caller: Caller, outcome: LinkOutcome) -> None:
        """Repeatable."""
        row = insert(AuditLog).values(
            id=uuid5(link.id, outcome.once),
            organization_id=link.organization_id,
            actor_type=ActorType.PERSON,
            actor_id=link.email,
            action=f"approval_page:{outcome.action}",
            resource="approval",
            resource_id=str(link.approval_id),
            result=outcome.result,
            reason=outcome.reason or None,
            ip_address=caller.address,
            user_agent=caller.agent or None,
            payload={"link": str(link.id)},
            timestamp=func.now(),
        )
        await self._session.execute(row.on_conflict_do_nothing())

    async def _member(self, organization_id: UUID, email: str) -> UUID | None:
        """By the address that is their own: one that is only linked to them may have other
        readers."""
        return await self._session.scalar(
            select(User.id)
            .join(Membership, Membership.user_id == User.id)
            .where(
                Membership.organization_id == organization_id,
                func.lower(User.email) == email.lower(),
                User.active,
            )
        )


def _bound(to: LinkTo) -> ColumnElement[bool]:
    return and_(
        LinkRow.approval_id == to.approval_id,
        LinkRow.user_id == to.user_id,
        LinkRow.subject_hash == to.subject_hash,
    )


def _link(
    row: tuple[LinkRow, str, User, UUID | None, Approval | None, Orchestration | None],
) -> ApprovalLink:
    link, slug, user, membership, approval, work = row
    return ApprovalLink(
        id=link.id,
        organization_id=link.organization_id,
        organization=slug,
        approval_id=link.approval_id,
        email=user.email,
        member=user.active and membership is not None,
        subject_hash=link.subject_hash,
        refusals=link.refusals,
        decision=link.decision,
        used_at=link.used_at,
        standing=_standing(approval, work) if approval and work else None,
    )


def _standing(approval: Approval, work: Orchestration) -> RequestStanding:
    return RequestStanding(
        issue_key=work.issue_key,
        gate=approval.gate,
        subject_hash=approval.subject_hash,
        status=ApprovalStatus(approval.status),
        expires_at=approval.expires_at,
        running=work.status in RUNNING,
    )
