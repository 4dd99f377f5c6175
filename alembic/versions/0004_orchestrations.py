"""Orchestrations and their events"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"

TABLES = (
    "orchestrations",
    "events",
)


def upgrade() -> None:
    create_orchestrations()
    create_events()


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


def create_orchestrations() -> None:
    op.create_table(
        "orchestrations",
        *domain("orchestrations"),
        sa.Column(
            "project_id",
            sa.Uuid(),
            sa.ForeignKey("projects.id", name="fk_orchestrations_project_id", ondelete="RESTRICT"),
            nullable=False,
        ),
        sa.Column("issue_key", sa.Text(), nullable=False),
        sa.Column("project_key", sa.Text(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("workflow_id", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Text(), nullable=True),
        sa.Column("playbook_version_id", sa.Uuid(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("current_phase", sa.Text(), nullable=False),
        sa.Column("requested_by", sa.Text(), nullable=False),
        sa.Column("assigned_to", sa.Text(), nullable=True),
        sa.Column("branch", sa.Text(), nullable=False),
        sa.Column("commit_sha", sa.Text(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("duration", sa.Interval(), nullable=True),
        sa.Column("tokens", sa.BigInteger(), nullable=False),
        sa.Column("cost", sa.Numeric(14, 6), nullable=False),
        sa.Column("budget", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("last_sequence", sa.BigInteger(), nullable=False),
        sa.Column("last_hash", sa.Text(), nullable=False),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.Column("metadata", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_orchestrations"),
        sa.CheckConstraint(
            "current_phase IN ('EXPLORE', 'PLAN', 'CODE', 'TEST', 'FIX', 'DOCUMENT')",
            name=op.f("ck_orchestrations_current_phase"),
        ),
        sa.CheckConstraint(
            "status IN ('ACTIVE', 'PAUSED', 'COMPLETED', 'FAILED', 'CANCELLED')",
            name=op.f("ck_orchestrations_status"),
        ),
    )
    op.create_index("ix_orchestrations_current_phase", "orchestrations", ["current_phase"])
    op.create_index("ix_orchestrations_issue_key", "orchestrations", ["issue_key"])
    op.create_index("ix_orchestrations_project_key", "orchestrations", ["project_key"])
    op.create_index("ix_orchestrations_started_at", "orchestrations", ["started_at"])
    op.create_index("ix_orchestrations_status", "orchestrations", ["status"])
    op.create_index("ix_orchestrations_workflow_id", "orchestrations", ["workflow_id"])
    op.create_index(
        "uq_orchestrations_running",
        "orchestrations",
        ["organization_id", "issue_key"],
        unique=True,
        postgresql_where=sa.text("status IN ('ACTIVE', 'PAUSED')"),
    )


def create_events() -> None:
    op.create_table(
        "events",
        sa.Column(
            "orchestration_id",
            sa.Uuid(),
            sa.ForeignKey(
                "orchestrations.id",
                name="fk_events_orchestration_id",
                ondelete="RESTRICT",
                deferrable=True,
                initially="DEFERRED",
            ),
            nullable=False,
        ),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column(
            "organization_id",
            sa.Uuid(),
            sa.ForeignKey(
                "organizations.id", name="fk_events_organization_id", ondelete="RESTRICT"
            ),
            nullable=False,
        ),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("event_type", sa.Text(), nullable=False),
        sa.Column("timestamp", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("phase", sa.Text(), nullable=True),
        sa.Column("agent_name", sa.Text(), nullable=True),
        sa.Column("actor_type", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Text(), nullable=True),
        sa.Column("actor_email", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("correlation_id", sa.Uuid(), nullable=True),
        sa.Column("causation_id", sa.Uuid(), nullable=True),
        sa.Column("payload", postgresql.JSONB(), nullable=False),
        sa.Column("metadata", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("previous_hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("orchestration_id", "run_id", "sequence", name="pk_events"),
        sa.CheckConstraint(
            "actor_type IN ('person', 'agent', 'system')", name=op.f("ck_events_actor_type")
        ),
        sa.CheckConstraint(
            "phase IN ('EXPLORE', 'PLAN', 'CODE', 'TEST', 'FIX', 'DOCUMENT')",
            name=op.f("ck_events_phase"),
        ),
    )
    op.create_index("ix_events_correlation_id", "events", ["correlation_id"])
    op.create_index("ix_events_event_type", "events", ["event_type"])
    op.create_index(
        "ix_events_orchestration_id_timestamp", "events", ["orchestration_id", "timestamp"]
    )
    op.create_index("ix_events_timestamp", "events", ["timestamp"])
