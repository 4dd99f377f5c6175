"""Webhooks: the endpoints they come in by, and the inbox"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"

SOURCES = "'GITHUB', 'GITLAB', 'BITBUCKET', 'JIRA', 'HUBSPOT', 'SLACK', 'STANDARD'"
STATUSES = "'RECEIVED', 'PROCESSED', 'IGNORED', 'FAILED'"


def upgrade() -> None:
    create_endpoints()
    create_events()
    create_indexes()


def downgrade() -> None:
    op.drop_table("webhook_events")
    op.drop_table("webhook_endpoints")


def reference(table: str, column: str, target: str, on_delete: str) -> sa.ForeignKey:
    return sa.ForeignKey(f"{target}.id", name=f"fk_{table}_{column}", ondelete=on_delete)


def domain(table: str) -> tuple[sa.Column[Any], ...]:
    """What both tables have: id, organization, source, project, stamps."""
    return (
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "organization_id",
            sa.Uuid(),
            reference(table, "organization_id", "organizations", "RESTRICT"),
            nullable=False,
        ),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column(
            "project_id",
            sa.Uuid(),
            reference(table, "project_id", "projects", "CASCADE"),
            nullable=True,
        ),
        *(
            sa.Column(
                name, sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
            )
            for name in ("created_at", "updated_at")
        ),
    )


def create_endpoints() -> None:
    op.create_table(
        "webhook_endpoints",
        *domain("webhook_endpoints"),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column(
            "secrets", sa.ARRAY(sa.LargeBinary()), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.Column(
            "unsigned_allowed", sa.Boolean(), server_default=sa.text("false"), nullable=False
        ),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("last_seen", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_webhook_endpoints"),
        sa.UniqueConstraint("path", name="uq_webhook_endpoints_path"),
        sa.UniqueConstraint(
            "organization_id",
            "source",
            "project_id",
            name="uq_webhook_endpoints_organization_id_source_project_id",
            postgresql_nulls_not_distinct=True,
        ),
        sa.CheckConstraint(f"source IN ({SOURCES})", name=op.f("ck_webhook_endpoints_source")),
    )


def create_events() -> None:
    op.create_table(
        "webhook_events",
        *domain("webhook_events"),
        sa.Column(
            "endpoint_id",
            sa.Uuid(),
            reference("webhook_events", "endpoint_id", "webhook_endpoints", "RESTRICT"),
            nullable=False,
        ),
        *(
            sa.Column(name, sa.Text(), nullable=False)
            for name in ("delivery_id", "event_type", "payload_hash", "workflow_id")
        ),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("payload", postgresql.JSONB(), nullable=True),
        sa.Column("headers", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("status", sa.Text(), server_default="RECEIVED", nullable=False),
        sa.Column(
            "processed",
            sa.Boolean(),
            sa.Computed("status IN ('PROCESSED', 'IGNORED')", persisted=True),
            nullable=False,
        ),
        *(
            sa.Column(name, sa.Integer(), server_default=sa.text("0"), nullable=False)
            for name in ("retry_count", "replays", "conflicts")
        ),
        *(
            sa.Column(name, sa.Text(), nullable=True)
            for name in ("error_message", "conflicting_hash")
        ),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        *(
            sa.Column(name, sa.DateTime(timezone=True), nullable=True)
            for name in ("processed_at", "lease_until")
        ),
        sa.PrimaryKeyConstraint("id", name="pk_webhook_events"),
        sa.UniqueConstraint(
            "endpoint_id", "delivery_id", name="uq_webhook_events_endpoint_id_delivery_id"
        ),
        sa.CheckConstraint(f"source IN ({SOURCES})", name=op.f("ck_webhook_events_source")),
        sa.CheckConstraint(f"status IN ({STATUSES})", name=op.f("ck_webhook_events_status")),
    )


def create_indexes() -> None:
    for columns in (["project_id", "processed"], ["payload_hash"], ["status", "received_at"]):
        op.create_index(f"ix_webhook_events_{'_'.join(columns)}", "webhook_events", columns)
    op.create_index(
        "ix_webhook_events_waiting",
        "webhook_events",
        ["lease_until"],
        postgresql_where=sa.text("status = 'RECEIVED'"),
    )
