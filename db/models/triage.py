"""Customers' tickets that were taken up, each once."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from db.models.columns import Base, Domain


class ProcessedTicket(Domain, Base):
    """`success` is null from the claim until it is settled. Neither body nor address is here."""

    __tablename__ = "processed_tickets"
    __table_args__ = (
        UniqueConstraint("organization_id", "source", "ticket_id"),
        *(Index(None, column) for column in ("processed_at", "provider", "success")),
    )

    source: Mapped[str]
    ticket_id: Mapped[str] = mapped_column(String(255))
    provider: Mapped[str | None]
    success: Mapped[bool | None]
    claimed_by: Mapped[str]
    processed_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(server_default=text("1"))
    result: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    error: Mapped[str | None]
