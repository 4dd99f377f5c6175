"""Whom people let decide in their place."""

from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from db.models.columns import Base, Moment
from db.models.orchestrations import Part

UserId = ForeignKey("users.id", ondelete="RESTRICT")


class Delegation(Part, Base):
    """Made of events alone. Its orchestration is the one whose ledger tells of it, whatever the
    scope: a projection is rebuilt and verified ledger by ledger, and a row that named none could
    be told from no other's."""

    __tablename__ = "delegations"
    __table_args__ = (Index(None, "from_user_id", "until"),)

    from_user_id: Mapped[UUID] = mapped_column(UserId)
    to_user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="RESTRICT"))
    scope: Mapped[str]
    until: Mapped[Moment]
