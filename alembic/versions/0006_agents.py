"""What agents did, printed and reported"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"

TABLES = (
    "agent_executions",
    "agent_outputs",
    "agent_reports",
)


def upgrade() -> None:
    create_agent_executions()
    create_agent_outputs()
    create_agent_reports()


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


def create_agent_executions() -> None:
    op.create_table(
        "agent_executions",
        *domain("agent_executions"),
        sa.Column(
            "orchestration_id",
            sa.Uuid(),
            sa.ForeignKey(
                "orchestrations.id",
                name="fk_agent_executions_orchestration_id",
                ondelete="RESTRICT",
            ),
            nullable=False,
        ),
        sa.Column("phase", sa.Text(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("agent_name", sa.Text(), nullable=False),
        sa.Column("runner", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=True),
        sa.Column("model", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("duration", sa.Interval(), nullable=True),
        sa.Column("input", postgresql.JSONB(), nullable=False),
        sa.Column("result", postgresql.JSONB(), nullable=True),
        sa.Column("output_id", sa.Uuid(), nullable=True),
        sa.Column("error_type", sa.Text(), nullable=True),
        sa.Column("error_message", sa.Text(), nullable=True),
        sa.Column("tokens_in", sa.BigInteger(), nullable=False),
        sa.Column("tokens_out", sa.BigInteger(), nullable=False),
        sa.Column("cost", sa.Numeric(14, 6), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_agent_executions"),
        sa.UniqueConstraint(
            "orchestration_id",
            "phase",
            "round",
            "agent_name",
            name="uq_agent_executions_orchestration_id_phase_round_agent_name",
        ),
        sa.CheckConstraint(
            "phase IN ('EXPLORE', 'PLAN', 'CODE', 'TEST', 'FIX', 'DOCUMENT')",
            name=op.f("ck_agent_executions_phase"),
        ),
        sa.CheckConstraint(
            "status IN ('RUNNING', 'COMPLETED', 'FAILED', 'CANCELLED', 'BLOCKED')",
            name=op.f("ck_agent_executions_status"),
        ),
    )
    op.create_index("ix_agent_executions_agent_name", "agent_executions", ["agent_name"])
    op.create_index(
        "ix_agent_executions_orchestration_id", "agent_executions", ["orchestration_id"]
    )
    op.create_index("ix_agent_executions_started_at", "agent_executions", ["started_at"])
    op.create_index("ix_agent_executions_status", "agent_executions", ["status"])


def create_agent_outputs() -> None:
    op.create_table(
        "agent_outputs",
        *domain("agent_outputs"),
        sa.Column(
            "orchestration_id",
            sa.Uuid(),
            sa.ForeignKey(
                "orchestrations.id", name="fk_agent_outputs_orchestration_id", ondelete="RESTRICT"
            ),
            nullable=False,
        ),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("bytes", sa.LargeBinary(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("truncated", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_agent_outputs"),
    )
    op.create_index("ix_agent_outputs_sha256", "agent_outputs", ["sha256"])


def create_agent_reports() -> None:
    op.create_table(
        "agent_reports",
        *domain("agent_reports"),
        sa.Column(
            "orchestration_id",
            sa.Uuid(),
            sa.ForeignKey(
                "orchestrations.id", name="fk_agent_reports_orchestration_id", ondelete="RESTRICT"
            ),
            nullable=False,
        ),
        sa.Column("step_key", sa.Text(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("commit_sha", sa.Text(), nullable=True),
        sa.Column("report", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_agent_reports"),
        sa.UniqueConstraint(
            "orchestration_id", "step_key", name="uq_agent_reports_orchestration_id_step_key"
        ),
    )
