"""Teams, who is in them, their sprints, and what of those is taken."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, Computed, ForeignKey, Index, Numeric, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from contracts.teams import AllocationState
from db.models.columns import Base, Domain, Json, one_of
from db.models.orchestrations import Part

FREE = "total_capacity - allocated_hours"


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


class TeamCapacity(Domain, Base):
    """`allocated_hours` is counted from the allocations, by db/projections/counts.py alone."""

    __tablename__ = "team_capacity"
    __table_args__ = (
        UniqueConstraint("team_id", "sprint_id"),
        CheckConstraint("end_date >= start_date", name="dates"),
    )

    team_id: Mapped[UUID] = mapped_column(ForeignKey("teams.id", ondelete="CASCADE"))
    sprint_id: Mapped[str]
    sprint_name: Mapped[str | None]
    total_capacity: Mapped[Decimal] = mapped_column(Numeric)
    allocated_hours: Mapped[Decimal] = mapped_column(Numeric, server_default=text("0"))
    remaining_hours: Mapped[Decimal | None] = mapped_column(Numeric, Computed(FREE, persisted=True))
    planned_points: Mapped[Decimal | None] = mapped_column(Numeric)
    completed_points: Mapped[Decimal | None] = mapped_column(Numeric)
    start_date: Mapped[date]
    end_date: Mapped[date]


class TeamAllocation(Part, Base):
    """The hours that one orchestration takes of a team. Made of events alone."""

    __tablename__ = "team_allocations"
    __table_args__ = (
        UniqueConstraint("orchestration_id"),
        Index(None, "team_id", "sprint_id"),
        one_of("state", AllocationState),
    )

    team_id: Mapped[UUID] = mapped_column(ForeignKey("teams.id", ondelete="RESTRICT"))
    sprint_id: Mapped[str | None]
    hours: Mapped[Decimal] = mapped_column(Numeric)
    state: Mapped[str]
