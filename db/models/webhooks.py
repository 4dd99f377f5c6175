"""Where webhooks come in, and the inbox of what came."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Computed, ForeignKey, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from contracts.webhooks import WebhookSource, WebhookStatus
from db.models.columns import Base, Domain, one_of


class WebhookEndpoint(Domain, Base):
    __tablename__ = "webhook_endpoints"
    __table_args__ = (
        UniqueConstraint("path"),
        UniqueConstraint(
            "organization_id", "source", "project_id", postgresql_nulls_not_distinct=True
        ),
        one_of("source", WebhookSource),
    )

    source: Mapped[str]
    project_id: Mapped[UUID | None] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"))
    path: Mapped[str]
    secrets: Mapped[list[bytes]] = mapped_column(ARRAY(LargeBinary), server_default=text("'{}'"))
    unsigned_allowed: Mapped[bool] = mapped_column(server_default=text("false"))
    active: Mapped[bool] = mapped_column(server_default=text("true"))
    last_seen: Mapped[datetime | None]


class WebhookEvent(Domain, Base):
    """Born by the gateway, settled by its workflow. `lease_until`: until then somebody is about to
    start the workflow. `conflicts` counts other bodies that came under the same delivery id;
    `retry_count`, how often its most stubborn step was tried again, in any of its runs."""

    __tablename__ = "webhook_events"
    __table_args__ = (
        UniqueConstraint("endpoint_id", "delivery_id"),
        Index(None, "project_id", "processed"),
        Index(None, "payload_hash"),
        Index(None, "status", "received_at"),
        Index(None, "organization_id", "received_at"),
        Index(
            "ix_webhook_events_waiting",
            "lease_until",
            postgresql_where=text("status = 'RECEIVED'"),
        ),
        one_of("source", WebhookSource),
        one_of("status", WebhookStatus),
    )

    endpoint_id: Mapped[UUID] = mapped_column(
        ForeignKey("webhook_endpoints.id", ondelete="RESTRICT")
    )
    source: Mapped[str]
    delivery_id: Mapped[str]
    project_id: Mapped[UUID | None] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"))
    event_type: Mapped[str]
    payload_hash: Mapped[str]
    raw: Mapped[bytes] = mapped_column(LargeBinary)
    payload: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    headers: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    status: Mapped[str] = mapped_column(server_default=WebhookStatus.RECEIVED)
    processed: Mapped[bool] = mapped_column(
        Computed("status IN ('PROCESSED', 'IGNORED')", persisted=True)
    )
    processed_at: Mapped[datetime | None]
    retry_count: Mapped[int] = mapped_column(server_default=text("0"))
    replays: Mapped[int] = mapped_column(server_default=text("0"))
    error_message: Mapped[str | None]
    conflicts: Mapped[int] = mapped_column(server_default=text("0"))
    conflicting_hash: Mapped[str | None]
    received_at: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    workflow_id: Mapped[str]
