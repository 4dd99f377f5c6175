"""People's teams, and whom they let decide in their place."""

from decimal import Decimal
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Numeric, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from db.models.columns import Base, Domain, Json, Moment
from db.models.orchestrations import Part

UserId = ForeignKey("users.id", ondelete="RESTRICT")


class Team(Domain, Base):
    __tablename__ = "teams"
    __table_args__ = (UniqueConstraint("organization_id", "name"),)

    name: Mapped[str]
    description: Mapped[str | None]
    skills: Mapped[list[str]] = mapped_column(JSONB, server_default=text("'[]'"))
    constraints: Mapped[Json] = mapped_column(server_default=text("'{}'"))
    capacity_hours: Mapped[Decimal | None] = mapped_column(Numeric)
    avg_velocity: Mapped[Decimal | None] = mapped_column(Numeric)
    active: Mapped[bool] = mapped_column(server_default=text("true"))


class TeamMember(Domain, Base):
    __tablename__ = "team_members"
    __table_args__ = (UniqueConstraint("team_id", "user_id"),)

    team_id: Mapped[UUID] = mapped_column(ForeignKey("teams.id", ondelete="CASCADE"))
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    role: Mapped[str]


class Delegation(Part, Base):
    """Made of events alone."""

    __tablename__ = "delegations"
    __table_args__ = (Index(None, "from_user_id", "until"),)

    from_user_id: Mapped[UUID] = mapped_column(UserId)
    to_user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="RESTRICT"))
    scope: Mapped[str]
    until: Mapped[Moment]
