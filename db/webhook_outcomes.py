"""What processing a delivery leaves beside its status: in the inbox, and in the audit log."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import defer

from contracts.text import clipped, storable
from contracts.webhooks import Delivery, WebhookStatus
from db.command_trials import DONE
from db.models import AuditLog, Organization
from db.models.webhooks import WebhookEvent
from db.webhooks import delivery_of

LARGEST = 128 * 1024
"""Of the bodies that are read again for a list, compressed as they are kept."""
SLACK = timedelta(hours=1)
"""By which the clocks of a gateway and of Postgres may differ."""


class WebhookOutcomes:
    """The caller owns the transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def note_retries(self, delivery: UUID, retries: int) -> None:
        """How often its most stubborn step was tried again. Repeatable."""
        row = update(WebhookEvent).where(
            WebhookEvent.id == delivery, WebhookEvent.retry_count < retries
        )
        await self._session.execute(
            row.values(retry_count=func.greatest(WebhookEvent.retry_count, retries))
        )

    async def note_failure(self, delivery: UUID, why: str) -> None:
        """What a step failed with that is tried again. How the delivery ends is written over it.
        Repeatable."""
        row = update(WebhookEvent).where(
            WebhookEvent.id == delivery, WebhookEvent.status == WebhookStatus.RECEIVED
        )
        await self._session.execute(row.values(error_message=clipped(str(storable(why)))))

    async def carried_out(self, deliveries: Sequence[WebhookEvent]) -> dict[UUID, list[str]]:
        """What people asked for by these, all of one organization, and got; by delivery."""
        if not deliveries:
            return {}
        delivery = AuditLog.payload["delivery"].astext
        rows = await self._session.execute(
            select(delivery.label("delivery"), AuditLog.reason)
            .where(
                AuditLog.organization_id == deliveries[0].organization_id,
                AuditLog.timestamp >= min(one.received_at for one in deliveries) - SLACK,
                AuditLog.action.like("webhook:%"),
                AuditLog.result == DONE,
                delivery.in_([str(one.id) for one in deliveries]),
            )
            .order_by(AuditLog.timestamp, AuditLog.id)
        )
        found: dict[UUID, list[str]] = {}
        for row in rows:
            found.setdefault(UUID(row.delivery), []).append(row.reason or "done")
        return found

    async def asked(self, deliveries: Sequence[UUID]) -> list[Delivery]:
        """With their payloads, as routing reads them; but for what is large, or can't be read."""
        rows = await self._session.execute(
            select(WebhookEvent, Organization.slug)
            .join(Organization, Organization.id == WebhookEvent.organization_id)
            .where(
                WebhookEvent.id.in_(deliveries),
                WebhookEvent.payload.is_not(None),
                func.octet_length(WebhookEvent.raw) <= LARGEST,
            )
            .options(defer(WebhookEvent.raw, raiseload=True))
            # These rows may be known to the session without their payloads.
            .execution_options(populate_existing=True)
        )
        return [delivery_of(row, slug) for row, slug in rows]
