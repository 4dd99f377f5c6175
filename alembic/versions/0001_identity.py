"""Organizations, their people and projects, and the audit log"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None

TABLES = (
    "organizations",
    "users",
    "memberships",
    "projects",
    "audit_logs",
)


def upgrade() -> None:
    create_organizations()
    create_users()
    create_memberships()
    create_projects()
    create_audit_logs()


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


def create_organizations() -> None:
    op.create_table(
        "organizations",
        sa.Column("id", sa.Uuid(), nullable=False),
        *stamps(),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("plan", sa.Text(), server_default="FREE", nullable=False),
        sa.Column("settings", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_organizations"),
        sa.UniqueConstraint("slug", name="uq_organizations_slug"),
        sa.CheckConstraint(
            "plan IN ('FREE', 'PROFESSIONAL', 'ENTERPRISE')", name=op.f("ck_organizations_plan")
        ),
    )


def create_users() -> None:
    op.create_table(
        "users",
        *domain("users"),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("avatar", sa.Text(), nullable=True),
        sa.Column(
            "preferences", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
    )
    op.create_index("ix_users_email", "users", ["email"])
    op.create_index(
        "uq_users_organization_id_email",
        "users",
        ["organization_id", sa.text("lower(email)")],
        unique=True,
    )


def create_memberships() -> None:
    op.create_table(
        "memberships",
        *domain("memberships"),
        sa.Column(
            "user_id",
            sa.Uuid(),
            sa.ForeignKey("users.id", name="fk_memberships_user_id", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("role", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_memberships"),
        sa.UniqueConstraint(
            "organization_id", "user_id", name="uq_memberships_organization_id_user_id"
        ),
        sa.CheckConstraint(
            "role IN ('ADMIN', 'MANAGER', 'DEVELOPER', 'VIEWER')", name=op.f("ck_memberships_role")
        ),
    )


def create_projects() -> None:
    op.create_table(
        "projects",
        *domain("projects"),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("repo_url", sa.Text(), nullable=False),
        sa.Column("tracker", sa.Text(), server_default="local", nullable=False),
        sa.Column("status", sa.Text(), server_default="ACTIVE", nullable=False),
        sa.Column("start_date", sa.Date(), nullable=True),
        sa.Column("end_date", sa.Date(), nullable=True),
        sa.Column("git_credential", sa.LargeBinary(), nullable=True),
        sa.Column("tracker_credential", sa.LargeBinary(), nullable=True),
        sa.Column("config", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("last_seen", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_projects"),
        sa.UniqueConstraint("organization_id", "key", name="uq_projects_organization_id_key"),
        sa.UniqueConstraint(
            "organization_id", "repo_url", name="uq_projects_organization_id_repo_url"
        ),
        sa.CheckConstraint(
            "status IN ('ACTIVE', 'ARCHIVED', 'COMPLETED', 'ON_HOLD')",
            name=op.f("ck_projects_status"),
        ),
        sa.CheckConstraint("tracker IN ('local', 'jira')", name=op.f("ck_projects_tracker")),
    )
    op.create_index("ix_projects_organization_id_status", "projects", ["organization_id", "status"])


def create_audit_logs() -> None:
    op.create_table(
        "audit_logs",
        *domain("audit_logs"),
        sa.Column("actor_type", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("resource", sa.Text(), nullable=False),
        sa.Column("resource_id", sa.Text(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("ip_address", postgresql.INET(), nullable=True),
        sa.Column("user_agent", sa.Text(), nullable=True),
        sa.Column("payload", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("timestamp", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_logs"),
        sa.CheckConstraint(
            "actor_type IN ('person', 'agent', 'system')", name=op.f("ck_audit_logs_actor_type")
        ),
    )
    op.create_index("ix_audit_logs_actor_id_timestamp", "audit_logs", ["actor_id", "timestamp"])
    op.create_index("ix_audit_logs_resource_resource_id", "audit_logs", ["resource", "resource_id"])
    op.create_index("ix_audit_logs_timestamp", "audit_logs", ["timestamp"])
