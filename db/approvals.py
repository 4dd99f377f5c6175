"""Every query on who may approve, and the record of who tried."""

from uuid import uuid5

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.approvals import Authority, AuthorityQuestion
from contracts.identity import ActorType, Role
from db.models import AuditLog, Membership, Organization, User
from policy.approvals import Member


class Approvers:
    """The caller owns the transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def member(self, organization: str, email: str) -> Member | None:
        """None for whoever is not a member of the organization."""
        statement = (
            select(User.id, Membership.role, User.active)
            .join(Membership, Membership.user_id == User.id)
            .join(Organization, Organization.id == Membership.organization_id)
            .where(Organization.slug == organization, func.lower(User.email) == email.lower())
        )
        row = (await self._session.execute(statement)).one_or_none()
        return Member(user_id=row.id, role=Role(row.role), active=row.active) if row else None

    async def audit(self, question: AuthorityQuestion, authority: Authority, once: str) -> None:
        """One row for each decision that was tried; `once` tells tries apart."""
        decision = question.decision
        organization = select(Organization.id).where(Organization.slug == question.organization)
        statement = insert(AuditLog).values(
            id=uuid5(question.approval_id, once),
            organization_id=organization.scalar_subquery(),
            actor_type=ActorType.PERSON,
            actor_id=decision.by,
            action=f"decide:{decision.decision}",
            resource="approval",
            resource_id=str(question.approval_id),
            result=authority.refusal or "ALLOWED",
            reason=authority.reason or None,
            payload=decision.model_dump(mode="json"),
            timestamp=func.now(),
        )
        await self._session.execute(statement.on_conflict_do_nothing())
