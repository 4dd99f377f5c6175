"""What was asked at gates, and who decided"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"

TABLES = (
    "approvals",
    "approval_decisions",
)


def upgrade() -> None:
    create_approvals()
    create_approval_decisions()


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


def create_approvals() -> None:
    op.create_table(
        "approvals",
        *domain("approvals"),
        sa.Column(
            "orchestration_id",
            sa.Uuid(),
            sa.ForeignKey(
                "orchestrations.id", name="fk_approvals_orchestration_id", ondelete="RESTRICT"
            ),
            nullable=False,
        ),
        sa.Column("gate", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("approval_type", sa.Text(), nullable=False),
        sa.Column("subject_hash", sa.Text(), nullable=False),
        sa.Column("subject", postgresql.JSONB(), nullable=False),
        sa.Column("policy", postgresql.JSONB(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("responded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_approvals"),
        sa.UniqueConstraint(
            "orchestration_id",
            "gate",
            "revision",
            name="uq_approvals_orchestration_id_gate_revision",
        ),
        sa.CheckConstraint(
            "status IN ('PENDING', 'APPROVED', 'REJECTED', 'EXPIRED', 'VOID')",
            name=op.f("ck_approvals_status"),
        ),
    )
    op.create_index("ix_approvals_expires_at", "approvals", ["expires_at"])
    op.create_index("ix_approvals_orchestration_id", "approvals", ["orchestration_id"])
    op.create_index("ix_approvals_status", "approvals", ["status"])


def create_approval_decisions() -> None:
    op.create_table(
        "approval_decisions",
        *domain("approval_decisions"),
        sa.Column(
            "approval_id",
            sa.Uuid(),
            sa.ForeignKey(
                "approvals.id", name="fk_approval_decisions_approval_id", ondelete="RESTRICT"
            ),
            nullable=False,
        ),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column(
            "approver_id",
            sa.Uuid(),
            sa.ForeignKey(
                "users.id", name="fk_approval_decisions_approver_id", ondelete="RESTRICT"
            ),
            nullable=False,
        ),
        sa.Column(
            "on_behalf_of",
            sa.Uuid(),
            sa.ForeignKey(
                "users.id", name="fk_approval_decisions_on_behalf_of", ondelete="RESTRICT"
            ),
            nullable=True,
        ),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("verified", sa.Boolean(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_approval_decisions"),
        sa.UniqueConstraint(
            "approval_id",
            "level",
            "approver_id",
            name="uq_approval_decisions_approval_id_level_approver_id",
        ),
        sa.CheckConstraint(
            "channel IN ('cli', 'http', 'slack', 'jira', 'git', 'temporal')",
            name=op.f("ck_approval_decisions_channel"),
        ),
        sa.CheckConstraint(
            "decision IN ('APPROVE', 'REJECT', 'REQUEST_CHANGES')",
            name=op.f("ck_approval_decisions_decision"),
        ),
    )
