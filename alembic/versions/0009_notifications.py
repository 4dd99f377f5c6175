"""Messages, the endpoints they go to, and the routes between"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"

TABLES = ("notification_endpoints", "notification_routes", "notifications")
CHANNEL = "channel IN ('SLACK', 'EMAIL', 'DISCORD', 'TEAMS', 'PAGERDUTY', 'WEBHOOK')"


def upgrade() -> None:
    create_notification_endpoints()
    create_notification_routes()
    create_notifications()


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)


def domain(table: str) -> tuple[sa.Column[Any], ...]:
    """What every domain table has."""
    return (
        sa.Column("id", sa.Uuid(), nullable=False),
        key(table, "organization_id", "organizations.id", "RESTRICT", nullable=False),
        moment("created_at", now=True),
        moment("updated_at", now=True),
    )


def moment(name: str, now: bool = False) -> sa.Column[Any]:
    default = sa.text("now()") if now else None
    return sa.Column(
        name, sa.DateTime(timezone=True), server_default=default, nullable=default is None
    )


def key(table: str, name: str, to: str, gone: str, nullable: bool = True) -> sa.Column[Any]:
    constraint = sa.ForeignKey(to, name=f"fk_{table}_{name}", ondelete=gone)
    return sa.Column(name, sa.Uuid(), constraint, nullable=nullable)


def texts(*names: str, nullable: bool = False) -> tuple[sa.Column[Any], ...]:
    return tuple(sa.Column(name, sa.Text(), nullable=nullable) for name in names)


def flag(name: str, default: str = "false") -> sa.Column[Any]:
    return sa.Column(name, sa.Boolean(), server_default=sa.text(default), nullable=False)


def count(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Integer(), server_default=sa.text("0"), nullable=False)


def create_notification_endpoints() -> None:
    table = "notification_endpoints"
    op.create_table(
        table,
        *domain(table),
        *texts("name", "channel"),
        sa.Column("address", sa.LargeBinary(), nullable=False),
        sa.Column(
            "secrets",
            postgresql.ARRAY(sa.LargeBinary()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.Column("quiet", postgresql.JSONB(), nullable=True),
        key(table, "fallback_id", "notification_endpoints.id", "SET NULL"),
        flag("active", "true"),
        count("failures"),
        moment("closed_until"),
        sa.PrimaryKeyConstraint("id", name="pk_notification_endpoints"),
        sa.UniqueConstraint(
            "organization_id", "name", name="uq_notification_endpoints_organization_id_name"
        ),
        sa.CheckConstraint(CHANNEL, name=op.f("ck_notification_endpoints_channel")),
    )


def create_notification_routes() -> None:
    table = "notification_routes"
    op.create_table(
        table,
        *domain(table),
        *texts("event_type", "channel"),
        key(table, "endpoint_id", "notification_endpoints.id", "CASCADE"),
        flag("people"),
        flag("urgent"),
        flag("batched"),
        sa.PrimaryKeyConstraint("id", name="pk_notification_routes"),
        sa.UniqueConstraint(
            "organization_id",
            "event_type",
            "channel",
            "endpoint_id",
            "people",
            name="uq_notification_routes_once",
            postgresql_nulls_not_distinct=True,
        ),
        sa.CheckConstraint(CHANNEL, name=op.f("ck_notification_routes_channel")),
    )


def create_notifications() -> None:
    table = "notifications"
    op.create_table(
        table,
        *domain(table),
        key(table, "orchestration_id", "orchestrations.id", "RESTRICT"),
        key(table, "endpoint_id", "notification_endpoints.id", "RESTRICT"),
        *texts("channel", "recipient", "event_type", "issue_key", "subject", "body"),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("status", sa.Text(), server_default="PENDING", nullable=False),
        moment("sent_at"),
        moment("delivered_at"),
        moment("read_at"),
        count("attempts"),
        moment("next_attempt_at"),
        sa.Column("provider_answer", postgresql.JSONB(), nullable=True),
        *texts("error", "thread_id", nullable=True),
        sa.Column("correlation_id", sa.Uuid(), nullable=True),
        *texts("dedupe_key"),
        *texts("batch_key", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_notifications"),
        sa.UniqueConstraint("dedupe_key", name="uq_notifications_dedupe_key"),
        sa.CheckConstraint(CHANNEL, name=op.f("ck_notifications_channel")),
        sa.CheckConstraint(
            "status IN ('PENDING', 'SENT', 'DELIVERED', 'FAILED', 'BOUNCED')",
            name=op.f("ck_notifications_status"),
        ),
    )
    for columns in ("orchestration_id", "channel", "status", "sent_at", "batch_key"):
        op.create_index(f"ix_notifications_{columns}", table, [columns])
    op.create_index("ix_notifications_endpoint_id_created_at", table, ["endpoint_id", "created_at"])
