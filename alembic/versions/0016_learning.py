"""Patterns of finished work, teams' sprints and what is allocated in them"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016"
down_revision = "0015"

TABLES = (
    "patterns",
    "team_capacity",
    "team_allocations",
)
TYPES = "'BUG', 'FEATURE', 'STORY', 'TASK', 'EPIC', 'SPIKE', 'CHORE', 'TECH_DEBT'"
RATE = "CASE WHEN usage_count > 0 THEN round(success_count::numeric / usage_count, 4) END"


def upgrade() -> None:
    create_patterns()
    create_team_capacity()
    create_team_allocations()
    op.create_foreign_key(
        "fk_task_outcomes_pattern_id",
        "task_outcomes",
        "patterns",
        ["pattern_id"],
        ["id"],
        ondelete="RESTRICT",
    )
    op.create_index("ix_task_outcomes_pattern_id", "task_outcomes", ["pattern_id"])


def downgrade() -> None:
    """`python -m db rebuild` links the outcomes again after the next upgrade."""
    op.drop_index("ix_task_outcomes_pattern_id", "task_outcomes")
    op.drop_constraint("fk_task_outcomes_pattern_id", "task_outcomes", type_="foreignkey")
    op.execute("UPDATE task_outcomes SET pattern_id = NULL WHERE pattern_id IS NOT NULL")
    for table in reversed(TABLES):
        op.drop_table(table)


def domain(table: str) -> tuple[sa.Column[Any], ...]:
    """What every domain table has."""
    return (
        sa.Column("id", sa.Uuid(), nullable=False),
        reference(table, "organization_id", "organizations", "RESTRICT"),
        *(moment(name) for name in ("created_at", "updated_at")),
    )


def moment(name: str) -> sa.Column[Any]:
    return sa.Column(
        name, sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
    )


def reference(table: str, column: str, to: str, ondelete: str) -> sa.Column[Any]:
    key = sa.ForeignKey(f"{to}.id", name=f"fk_{table}_{column}", ondelete=ondelete)
    return sa.Column(column, sa.Uuid(), key, nullable=False)


def create_patterns() -> None:
    op.create_table(
        "patterns",
        *domain("patterns"),
        sa.Column("pattern_type", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("signature", postgresql.JSONB(), nullable=False),
        sa.Column("template", postgresql.JSONB(), nullable=True),
        sa.Column("usage_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("success_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("success_rate", sa.Numeric(), sa.Computed(RATE, persisted=True), nullable=True),
        sa.Column(
            "issue_types",
            postgresql.ARRAY(sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.Column(
            "example_issues",
            postgresql.ARRAY(sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_patterns"),
        sa.CheckConstraint(f"pattern_type IN ({TYPES})", name=op.f("ck_patterns_pattern_type")),
    )
    op.create_index("ix_patterns_pattern_type", "patterns", ["pattern_type"])
    op.create_index("ix_patterns_success_rate", "patterns", ["success_rate"])
    op.create_index("ix_patterns_organization_id", "patterns", ["organization_id"])


def create_team_capacity() -> None:
    op.create_table(
        "team_capacity",
        *domain("team_capacity"),
        reference("team_capacity", "team_id", "teams", "CASCADE"),
        sa.Column("sprint_id", sa.Text(), nullable=False),
        sa.Column("sprint_name", sa.Text(), nullable=True),
        sa.Column("total_capacity", sa.Numeric(), nullable=False),
        sa.Column("allocated_hours", sa.Numeric(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "remaining_hours",
            sa.Numeric(),
            sa.Computed("total_capacity - allocated_hours", persisted=True),
            nullable=True,
        ),
        sa.Column("planned_points", sa.Numeric(), nullable=True),
        sa.Column("completed_points", sa.Numeric(), nullable=True),
        sa.Column("start_date", sa.Date(), nullable=False),
        sa.Column("end_date", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_team_capacity"),
        sa.UniqueConstraint("team_id", "sprint_id", name="uq_team_capacity_team_id_sprint_id"),
        sa.CheckConstraint("end_date >= start_date", name=op.f("ck_team_capacity_dates")),
    )


def create_team_allocations() -> None:
    op.create_table(
        "team_allocations",
        *domain("team_allocations"),
        reference("team_allocations", "orchestration_id", "orchestrations", "RESTRICT"),
        reference("team_allocations", "team_id", "teams", "RESTRICT"),
        sa.Column("sprint_id", sa.Text(), nullable=True),
        sa.Column("hours", sa.Numeric(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_team_allocations"),
        sa.UniqueConstraint("orchestration_id", name="uq_team_allocations_orchestration_id"),
        sa.CheckConstraint(
            "state IN ('RESERVED', 'SPENT', 'FREED')", name=op.f("ck_team_allocations_state")
        ),
    )
    op.create_index(
        "ix_team_allocations_team_id_sprint_id", "team_allocations", ["team_id", "sprint_id"]
    )
