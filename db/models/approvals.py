"""What was asked at gates and who decided: made of events alone."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from contracts.approvals import ApprovalStatus, DecisionChannel, DecisionKind
from db.models.columns import Base, Domain, Json, Moment, one_of
from db.models.orchestrations import Part


class Approval(Part, Base):
    __tablename__ = "approvals"
    __table_args__ = (
        UniqueConstraint("orchestration_id", "gate", "revision"),
        Index(None, "orchestration_id"),
        Index(None, "status"),
        Index(None, "expires_at"),
        one_of("status", ApprovalStatus),
    )

    gate: Mapped[str]
    revision: Mapped[int]
    approval_type: Mapped[str]
    subject_hash: Mapped[str]
    subject: Mapped[Json]
    policy: Mapped[Json]
    level: Mapped[int]
    status: Mapped[str]
    requested_at: Mapped[Moment]
    expires_at: Mapped[datetime | None]
    responded_at: Mapped[datetime | None]
    comment: Mapped[str | None]


class ApprovalDecision(Domain, Base):
    __tablename__ = "approval_decisions"
    __table_args__ = (
        UniqueConstraint("approval_id", "level", "approver_id"),
        one_of("decision", DecisionKind),
        one_of("channel", DecisionChannel),
    )

    approval_id: Mapped[UUID] = mapped_column(ForeignKey("approvals.id", ondelete="RESTRICT"))
    level: Mapped[int]
    approver_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="RESTRICT"))
    on_behalf_of: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="RESTRICT"))
    decision: Mapped[str]
    comment: Mapped[str | None]
    channel: Mapped[str]
    verified: Mapped[bool]
    decided_at: Mapped[Moment]
