"""Links by which one person decides on one request, once."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from contracts.approvals import DecisionKind
from db.models.columns import Base, Domain, one_of


class ApprovalLink(Domain, Base):
    """The token itself is nowhere: it is made anew of `nonce` and a key that is not in here."""

    __tablename__ = "approval_links"
    __table_args__ = (
        UniqueConstraint("approval_id", "user_id", "subject_hash"),
        UniqueConstraint("token_hash"),
        one_of("decision", DecisionKind),
    )

    # Without a foreign key: approvals are made of events, and may be made anew.
    approval_id: Mapped[UUID]
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="RESTRICT"))
    subject_hash: Mapped[str]
    nonce: Mapped[bytes]
    token_hash: Mapped[bytes]
    refusals: Mapped[int] = mapped_column(server_default=text("0"))
    decision: Mapped[str | None]
    used_at: Mapped[datetime | None]
