"""What must be known to speak with somebody in Slack."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.notifications import Channel
from contracts.webhooks import WebhookSource, WebhookStatus
from db.models import NotificationEndpoint, WebhookEndpoint, WebhookEvent


class SlackDesk:
    """The caller owns the transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def addresses(self, organization_id: UUID) -> list[bytes]:
        """Of the organization's places in Slack, as they are stored: encrypted."""
        found = await self._session.scalars(
            select(NotificationEndpoint.address)
            .where(
                NotificationEndpoint.organization_id == organization_id,
                NotificationEndpoint.channel == Channel.SLACK,
                NotificationEndpoint.active,
            )
            .order_by(NotificationEndpoint.id)
        )
        return list(found)

    async def hears(self, organization_id: UUID) -> bool:
        """Whether anybody would hear of a button that is pressed."""
        there = select(WebhookEndpoint.id).where(
            WebhookEndpoint.organization_id == organization_id,
            WebhookEndpoint.source == WebhookSource.SLACK,
            WebhookEndpoint.active,
        )
        return await self._session.scalar(there.limit(1)) is not None

    async def outcome(self, delivery: UUID) -> tuple[WebhookStatus, str]:
        """How a delivery ended, and why so."""
        found = await self._session.execute(
            select(WebhookEvent.status, WebhookEvent.error_message).where(
                WebhookEvent.id == delivery
            )
        )
        row = found.one()
        return WebhookStatus(row.status), row.error_message or ""
