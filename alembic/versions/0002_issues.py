"""The local tracker's tickets"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"

TABLES = (
    "areas",
    "labels",
    "status_flows",
    "statuses",
    "issues",
)


def upgrade() -> None:
    create_areas()
    create_labels()
    create_status_flows()
    create_statuses()
    create_issues()


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


def create_areas() -> None:
    op.create_table(
        "areas",
        *domain("areas"),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("color", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_areas"),
        sa.UniqueConstraint("organization_id", "name", name="uq_areas_organization_id_name"),
    )


def create_labels() -> None:
    op.create_table(
        "labels",
        *domain("labels"),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("color", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_labels"),
        sa.UniqueConstraint("organization_id", "name", name="uq_labels_organization_id_name"),
    )


def create_status_flows() -> None:
    op.create_table(
        "status_flows",
        *domain("status_flows"),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "project_id",
            sa.Uuid(),
            sa.ForeignKey("projects.id", name="fk_status_flows_project_id", ondelete="CASCADE"),
            nullable=True,
        ),
        sa.Column(
            "transitions", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.PrimaryKeyConstraint("id", name="pk_status_flows"),
        sa.UniqueConstraint("organization_id", "name", name="uq_status_flows_organization_id_name"),
    )


def create_statuses() -> None:
    op.create_table(
        "statuses",
        *domain("statuses"),
        sa.Column(
            "flow_id",
            sa.Uuid(),
            sa.ForeignKey("status_flows.id", name="fk_statuses_flow_id", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("color", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("is_closed", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_statuses"),
        sa.UniqueConstraint("flow_id", "name", name="uq_statuses_flow_id_name"),
        sa.UniqueConstraint("flow_id", "position", name="uq_statuses_flow_id_position"),
    )


def create_issues() -> None:
    op.create_table(
        "issues",
        *domain("issues"),
        sa.Column(
            "project_id",
            sa.Uuid(),
            sa.ForeignKey("projects.id", name="fk_issues_project_id", ondelete="RESTRICT"),
            nullable=False,
        ),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("priority", sa.Text(), nullable=False),
        sa.Column(
            "status_id",
            sa.Uuid(),
            sa.ForeignKey("statuses.id", name="fk_issues_status_id", ondelete="RESTRICT"),
            nullable=True,
        ),
        sa.Column(
            "area_id",
            sa.Uuid(),
            sa.ForeignKey("areas.id", name="fk_issues_area_id", ondelete="SET NULL"),
            nullable=True,
        ),
        sa.Column(
            "parent_issue_id",
            sa.Uuid(),
            sa.ForeignKey("issues.id", name="fk_issues_parent_issue_id", ondelete="RESTRICT"),
            nullable=True,
        ),
        sa.Column(
            "reporter_id",
            sa.Uuid(),
            sa.ForeignKey("users.id", name="fk_issues_reporter_id", ondelete="RESTRICT"),
            nullable=True,
        ),
        sa.Column(
            "assignee_id",
            sa.Uuid(),
            sa.ForeignKey("users.id", name="fk_issues_assignee_id", ondelete="RESTRICT"),
            nullable=True,
        ),
        sa.Column("acceptance_criteria", sa.Text(), nullable=True),
        sa.Column("estimate", sa.Numeric(), nullable=True),
        sa.Column("start_date", sa.Date(), nullable=True),
        sa.Column("due_date", sa.Date(), nullable=True),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tracker_version", sa.Text(), nullable=True),
        sa.Column(
            "search",
            postgresql.TSVECTOR(),
            sa.Computed(
                "to_tsvector('english', title || ' ' || left(description, 100000))", persisted=True
            ),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name="pk_issues"),
        sa.UniqueConstraint("organization_id", "key", name="uq_issues_organization_id_key"),
        sa.CheckConstraint(
            "priority IN ('CRITICAL', 'HIGH', 'MEDIUM', 'LOW')", name=op.f("ck_issues_priority")
        ),
        sa.CheckConstraint(
            "type IN ('BUG', 'FEATURE', 'STORY', 'TASK', 'EPIC', 'SPIKE', 'CHORE', 'TECH_DEBT')",
            name=op.f("ck_issues_type"),
        ),
    )
    op.create_index("ix_issues_area_id", "issues", ["area_id"])
    op.create_index("ix_issues_assignee_id", "issues", ["assignee_id"])
    op.create_index("ix_issues_assignee_id_created_at", "issues", ["assignee_id", "created_at"])
    op.create_index("ix_issues_assignee_id_updated_at", "issues", ["assignee_id", "updated_at"])
    op.create_index("ix_issues_due_date", "issues", ["due_date"])
    op.create_index("ix_issues_parent_issue_id", "issues", ["parent_issue_id"])
    op.create_index("ix_issues_priority", "issues", ["priority"])
    op.create_index("ix_issues_project_id", "issues", ["project_id"])
    op.create_index("ix_issues_search", "issues", ["search"], postgresql_using="gin")
    op.create_index("ix_issues_start_date", "issues", ["start_date"])
    op.create_index("ix_issues_status_id", "issues", ["status_id"])
