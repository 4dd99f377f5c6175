"""What processing a delivery leaves in the inbox, beside its outcome."""

from uuid import UUID

from sqlalchemy import func, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.models.webhooks import WebhookEvent


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
