"""Service levels: definitions and calendars that people keep, violations made of events alone."""

from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, Date, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from contracts.issues import IssueType, Priority
from contracts.phases import Phase
from contracts.sla import SlaKind, SlaSeverity
from db.models.columns import Base, Domain, Json, Moment, one_of
from db.models.orchestrations import Part


def some_of(column: str, values: type[StrEnum]) -> CheckConstraint:
    """An array that may only hold these values."""
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} <@ ARRAY[{listed}]", name=column)


class BusinessCalendar(Domain, Base):
    __tablename__ = "business_calendars"
    __table_args__ = (UniqueConstraint("organization_id", "name"),)

    name: Mapped[str]
    time_zone: Mapped[str]
    hours: Mapped[Json]
    holidays: Mapped[list[date]] = mapped_column(ARRAY(Date), server_default=text("'{}'"))


class SlaDefinition(Domain, Base):
    __tablename__ = "sla_definitions"
    __table_args__ = (
        UniqueConstraint("organization_id", "name"),
        one_of("clock", SlaKind),
        some_of("phases", Phase),
        some_of("issue_types", IssueType),
        some_of("priorities", Priority),
        CheckConstraint("warning <= critical AND critical <= target", name="thresholds"),
    )

    name: Mapped[str]
    description: Mapped[str | None]
    clock: Mapped[str]
    target: Mapped[timedelta]
    warning: Mapped[timedelta]
    critical: Mapped[timedelta]
    phases: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    issue_types: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    priorities: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    calendar_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("business_calendars.id", ondelete="RESTRICT")
    )
    pause_on: Mapped[list[str]] = mapped_column(JSONB, server_default=text("'[]'"))
    tell: Mapped[Json] = mapped_column(server_default=text("'{}'"))
    enabled: Mapped[bool] = mapped_column(server_default=text("true"))


class SlaViolation(Part, Base):
    """Each severity once for each definition and phase; of a definition that times no phase,
    once for the orchestration."""

    __tablename__ = "sla_violations"
    __table_args__ = (
        UniqueConstraint(
            "orchestration_id", "sla_id", "phase", "severity", postgresql_nulls_not_distinct=True
        ),
        *(Index(None, column) for column in ("issue_key", "severity", "timestamp")),
        one_of("phase", Phase),
        one_of("severity", SlaSeverity),
    )

    sla_id: Mapped[UUID] = mapped_column(ForeignKey("sla_definitions.id", ondelete="RESTRICT"))
    issue_key: Mapped[str]
    phase: Mapped[str | None]
    severity: Mapped[str]
    actual: Mapped[timedelta]
    target: Mapped[timedelta]
    exceeded_by: Mapped[timedelta]
    acknowledged_by: Mapped[str | None]
    acknowledged_at: Mapped[datetime | None]
    timestamp: Mapped[Moment]
