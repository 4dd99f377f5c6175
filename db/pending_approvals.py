"""What is asked of people right now."""

from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.approvals import ApprovalStatus, DecisionKind
from contracts.orchestrations import RUNNING
from db.models import Approval, ApprovalDecision, Orchestration, User
from policy.decisions import PendingApproval


class PendingApprovals:
    """Of one organization. The caller owns the transaction."""

    def __init__(self, session: AsyncSession, organization_id: UUID) -> None:
        self._session, self._organization_id = session, organization_id

    async def of(self, issue_key: str) -> PendingApproval | None:
        """The newest of its running attempt."""
        statement = (
            select(Approval)
            .join(Orchestration, Orchestration.id == Approval.orchestration_id)
            .where(
                Orchestration.organization_id == self._organization_id,
                Orchestration.issue_key == issue_key,
                Orchestration.status.in_(RUNNING),
                Approval.status == ApprovalStatus.PENDING,
            )
            .order_by(Approval.requested_at.desc())
            .limit(1)
        )
        row = await self._session.scalar(statement)
        if row is None:
            return None
        commit = row.subject.get("commit")
        return PendingApproval(
            id=row.id,
            gate=row.gate,
            subject_hash=row.subject_hash,
            commit=commit if isinstance(commit, str) else None,
            requested_at=row.requested_at,
        )

    async def was_decided(self, id: UUID, decision: DecisionKind, email: str) -> bool:
        """So, and by this person."""
        statement = (
            select(ApprovalDecision.id)
            .join(User, User.id == ApprovalDecision.approver_id)
            .where(
                ApprovalDecision.approval_id == id,
                ApprovalDecision.decision == decision,
                func.lower(User.email) == email.lower(),
            )
        )
        return await self._session.scalar(statement) is not None
