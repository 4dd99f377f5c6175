"""Service levels: definitions, business calendars, violations"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"

TABLES = (
    "business_calendars",
    "sla_definitions",
    "sla_violations",
)
PHASES = "'EXPLORE', 'PLAN', 'CODE', 'TEST', 'FIX', 'DOCUMENT'"
ISSUE_TYPES = "'BUG', 'FEATURE', 'STORY', 'TASK', 'EPIC', 'SPIKE', 'CHORE', 'TECH_DEBT'"


def upgrade() -> None:
    create_business_calendars()
    create_sla_definitions()
    create_sla_violations()


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)


def domain(table: str) -> tuple[sa.Column[Any], ...]:
    """What every domain table has."""
    return (
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "organization_id",
            sa.Uuid(),
            sa.ForeignKey(
                "organizations.id", name=f"fk_{table}_organization_id", ondelete="RESTRICT"
            ),
            nullable=False,
        ),
        *stamps(),
    )


def stamps() -> tuple[sa.Column[Any], ...]:
    return tuple(
        sa.Column(name, sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False)
        for name in ("created_at", "updated_at")
    )


def array(name: str, of: type[sa.types.TypeEngine[Any]] = sa.Text) -> sa.Column[Any]:
    return sa.Column(name, sa.ARRAY(of()), server_default=sa.text("'{}'"), nullable=False)


def create_business_calendars() -> None:
    op.create_table(
        "business_calendars",
        *domain("business_calendars"),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("hours", postgresql.JSONB(), nullable=False),
        array("holidays", sa.Date),
        sa.PrimaryKeyConstraint("id", name="pk_business_calendars"),
        sa.UniqueConstraint(
            "organization_id", "name", name="uq_business_calendars_organization_id_name"
        ),
    )


def create_sla_definitions() -> None:
    op.create_table(
        "sla_definitions",
        *domain("sla_definitions"),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("clock", sa.Text(), nullable=False),
        *(
            sa.Column(name, sa.Interval(), nullable=False)
            for name in ("target", "warning", "critical")
        ),
        *(array(name) for name in ("phases", "issue_types", "priorities")),
        sa.Column(
            "calendar_id",
            sa.Uuid(),
            sa.ForeignKey(
                "business_calendars.id", name="fk_sla_definitions_calendar_id", ondelete="RESTRICT"
            ),
            nullable=True,
        ),
        sa.Column("pause_on", postgresql.JSONB(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("tell", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("enabled", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sla_definitions"),
        sa.UniqueConstraint(
            "organization_id", "name", name="uq_sla_definitions_organization_id_name"
        ),
        sa.CheckConstraint(
            "clock IN ('FIRST_RESPONSE', 'PHASE', 'RESOLUTION', 'APPROVAL')",
            name=op.f("ck_sla_definitions_clock"),
        ),
        sa.CheckConstraint(f"phases <@ ARRAY[{PHASES}]", name=op.f("ck_sla_definitions_phases")),
        sa.CheckConstraint(
            f"issue_types <@ ARRAY[{ISSUE_TYPES}]", name=op.f("ck_sla_definitions_issue_types")
        ),
        sa.CheckConstraint(
            "priorities <@ ARRAY['CRITICAL', 'HIGH', 'MEDIUM', 'LOW']",
            name=op.f("ck_sla_definitions_priorities"),
        ),
        sa.CheckConstraint(
            "warning <= critical AND critical <= target", name=op.f("ck_sla_definitions_thresholds")
        ),
    )


def create_sla_violations() -> None:
    op.create_table(
        "sla_violations",
        *domain("sla_violations"),
        sa.Column(
            "orchestration_id",
            sa.Uuid(),
            sa.ForeignKey(
                "orchestrations.id", name="fk_sla_violations_orchestration_id", ondelete="RESTRICT"
            ),
            nullable=False,
        ),
        sa.Column(
            "sla_id",
            sa.Uuid(),
            sa.ForeignKey(
                "sla_definitions.id", name="fk_sla_violations_sla_id", ondelete="RESTRICT"
            ),
            nullable=False,
        ),
        sa.Column("issue_key", sa.Text(), nullable=False),
        sa.Column("phase", sa.Text(), nullable=True),
        sa.Column("severity", sa.Text(), nullable=False),
        *(
            sa.Column(name, sa.Interval(), nullable=False)
            for name in ("actual", "target", "exceeded_by")
        ),
        sa.Column("acknowledged_by", sa.Text(), nullable=True),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("timestamp", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sla_violations"),
        sa.UniqueConstraint(
            "orchestration_id",
            "sla_id",
            "phase",
            "severity",
            name="uq_sla_violations_orchestration_id_sla_id_phase_severity",
            postgresql_nulls_not_distinct=True,
        ),
        sa.CheckConstraint(f"phase IN ({PHASES})", name=op.f("ck_sla_violations_phase")),
        sa.CheckConstraint(
            "severity IN ('WARNING', 'CRITICAL', 'BREACH')", name=op.f("ck_sla_violations_severity")
        ),
    )
    for column in ("issue_key", "severity", "timestamp"):
        op.create_index(f"ix_sla_violations_{column}", "sla_violations", [column])
