"""What orchestrations reached, measured and learnt"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"

TABLES = (
    "checkpoints",
    "orchestration_metrics",
    "task_outcomes",
)


def upgrade() -> None:
    create_checkpoints()
    create_orchestration_metrics()
    create_task_outcomes()


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


def create_checkpoints() -> None:
    op.create_table(
        "checkpoints",
        *domain("checkpoints"),
        sa.Column(
            "orchestration_id",
            sa.Uuid(),
            sa.ForeignKey(
                "orchestrations.id", name="fk_checkpoints_orchestration_id", ondelete="RESTRICT"
            ),
            nullable=False,
        ),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("phase", sa.Text(), nullable=False),
        sa.Column("commit_sha", sa.Text(), nullable=False),
        sa.Column("state", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_checkpoints"),
        sa.UniqueConstraint(
            "orchestration_id", "sequence", name="uq_checkpoints_orchestration_id_sequence"
        ),
        sa.CheckConstraint(
            "phase IN ('EXPLORE', 'PLAN', 'CODE', 'TEST', 'FIX', 'DOCUMENT')",
            name=op.f("ck_checkpoints_phase"),
        ),
    )


def create_orchestration_metrics() -> None:
    op.create_table(
        "orchestration_metrics",
        *domain("orchestration_metrics"),
        sa.Column(
            "orchestration_id",
            sa.Uuid(),
            sa.ForeignKey(
                "orchestrations.id",
                name="fk_orchestration_metrics_orchestration_id",
                ondelete="RESTRICT",
            ),
            nullable=False,
        ),
        sa.Column("phase", sa.Text(), nullable=True),
        sa.Column("metric_type", sa.Text(), nullable=False),
        sa.Column("value", sa.Numeric(), nullable=False),
        sa.Column("test_coverage", sa.Numeric(), nullable=True),
        sa.Column("bug_count", sa.Integer(), nullable=True),
        sa.Column("code_quality_score", sa.Numeric(), nullable=True),
        sa.Column("tokens_used", sa.BigInteger(), nullable=True),
        sa.Column("estimated_cost", sa.Numeric(14, 6), nullable=True),
        sa.Column("timestamp", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_orchestration_metrics"),
        sa.CheckConstraint(
            "phase IN ('EXPLORE', 'PLAN', 'CODE', 'TEST', 'FIX', 'DOCUMENT')",
            name=op.f("ck_orchestration_metrics_phase"),
        ),
    )
    op.create_index(
        "ix_orchestration_metrics_metric_type", "orchestration_metrics", ["metric_type"]
    )
    op.create_index(
        "ix_orchestration_metrics_orchestration_id", "orchestration_metrics", ["orchestration_id"]
    )
    op.create_index("ix_orchestration_metrics_timestamp", "orchestration_metrics", ["timestamp"])


def create_task_outcomes() -> None:
    op.create_table(
        "task_outcomes",
        *domain("task_outcomes"),
        sa.Column(
            "orchestration_id",
            sa.Uuid(),
            sa.ForeignKey(
                "orchestrations.id", name="fk_task_outcomes_orchestration_id", ondelete="RESTRICT"
            ),
            nullable=False,
        ),
        sa.Column("pattern_id", sa.Uuid(), nullable=True),
        sa.Column("issue_key", sa.Text(), nullable=False),
        sa.Column("issue_type", sa.Text(), nullable=False),
        sa.Column("success", sa.Boolean(), nullable=False),
        sa.Column("duration", sa.Interval(), nullable=False),
        sa.Column("complexity", sa.Text(), nullable=True),
        sa.Column("story_points", sa.Numeric(), nullable=True),
        sa.Column("agents_used", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("tests_passed", sa.Boolean(), nullable=True),
        sa.Column("bug_count", sa.Integer(), nullable=True),
        sa.Column("rework_count", sa.Integer(), nullable=False),
        sa.Column("learnings", postgresql.JSONB(), nullable=False),
        sa.Column("timestamp", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_task_outcomes"),
        sa.CheckConstraint(
            "issue_type IN ('BUG', 'FEATURE', 'STORY', 'TASK', 'EPIC', 'SPIKE', 'CHORE', 'TECH_DEBT')",
            name=op.f("ck_task_outcomes_issue_type"),
        ),
    )
    op.create_index("ix_task_outcomes_issue_key", "task_outcomes", ["issue_key"])
    op.create_index("ix_task_outcomes_issue_type", "task_outcomes", ["issue_type"])
    op.create_index("ix_task_outcomes_success", "task_outcomes", ["success"])
    op.create_index("ix_task_outcomes_timestamp", "task_outcomes", ["timestamp"])
