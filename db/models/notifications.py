"""Messages to people, the places they go to, and the table that says which goes where."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from contracts.notifications import Channel, NotificationStatus
from db.models.columns import Base, Domain, one_of


class NotificationEndpoint(Domain, Base):
    __tablename__ = "notification_endpoints"
    __table_args__ = (UniqueConstraint("organization_id", "name"), one_of("channel", Channel))

    name: Mapped[str]
    channel: Mapped[str]
    address: Mapped[bytes]
    secrets: Mapped[list[bytes]] = mapped_column(ARRAY(LargeBinary), server_default=text("'{}'"))
    quiet: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    fallback_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("notification_endpoints.id", ondelete="SET NULL")
    )
    active: Mapped[bool] = mapped_column(server_default=text("true"))
    failures: Mapped[int] = mapped_column(server_default=text("0"))
    closed_until: Mapped[datetime | None]


class NotificationRoute(Domain, Base):
    """Without an endpoint it leads to all endpoints of its channel, or to the people named."""

    __tablename__ = "notification_routes"
    __table_args__ = (
        UniqueConstraint(
            "organization_id",
            "event_type",
            "channel",
            "endpoint_id",
            "people",
            # The convention's name would be longer than Postgres allows.
            name="uq_notification_routes_once",
            postgresql_nulls_not_distinct=True,
        ),
        one_of("channel", Channel),
    )

    event_type: Mapped[str]
    channel: Mapped[str]
    endpoint_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("notification_endpoints.id", ondelete="CASCADE")
    )
    people: Mapped[bool] = mapped_column(server_default=text("false"))
    urgent: Mapped[bool] = mapped_column(server_default=text("false"))
    batched: Mapped[bool] = mapped_column(server_default=text("false"))


class Notification(Domain, Base):
    """Written by requests (its birth) and by its delivery (all else)."""

    __tablename__ = "notifications"
    __table_args__ = (
        UniqueConstraint("dedupe_key"),
        *(Index(None, column) for column in ("orchestration_id", "channel", "status", "sent_at")),
        Index(None, "batch_key"),
        Index(None, "endpoint_id", "created_at"),
        Index(None, "endpoint_id", "issue_key"),
        Index(None, "organization_id", "created_at"),
        one_of("channel", Channel),
        one_of("status", NotificationStatus),
    )

    orchestration_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("orchestrations.id", ondelete="RESTRICT")
    )
    endpoint_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("notification_endpoints.id", ondelete="RESTRICT")
    )
    channel: Mapped[str]
    recipient: Mapped[str]
    event_type: Mapped[str]
    issue_key: Mapped[str]
    subject: Mapped[str]
    body: Mapped[str]
    card: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    urgent: Mapped[bool]
    status: Mapped[str] = mapped_column(server_default=NotificationStatus.PENDING)
    sent_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    read_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    next_attempt_at: Mapped[datetime | None]
    provider_answer: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    error: Mapped[str | None]
    thread_id: Mapped[str | None]
    correlation_id: Mapped[UUID | None]
    dedupe_key: Mapped[str]
    batch_key: Mapped[str | None]
