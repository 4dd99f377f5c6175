"""Other bodies that come under a delivery id of which the inbox has a row."""

from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.webhooks import Repetition
from db.models.webhooks import WebhookEvent


class WebhookConflicts:
    """The caller owns the transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def note(self, delivery: UUID, other: str) -> None:
        """That a body with this hash came too. Repeatable: the same one again is none more."""
        row = update(WebhookEvent).where(
            WebhookEvent.id == delivery, WebhookEvent.conflicting_hash.is_distinct_from(other)
        )
        await self._session.execute(
            row.values(conflicts=WebhookEvent.conflicts + 1, conflicting_hash=other)
        )

    async def compare(self, again: Repetition) -> bool | None:
        """Whether its body is another one, which then is noted; None while there is no row."""
        found = await self._session.execute(
            select(WebhookEvent.id, WebhookEvent.payload_hash).where(
                WebhookEvent.endpoint_id == again.endpoint_id,
                WebhookEvent.delivery_id == again.delivery_id,
            )
        )
        row = found.one_or_none()
        if row is None:
            return None
        is_other: bool = row.payload_hash != again.payload_hash
        if is_other:
            await self.note(row.id, again.payload_hash)
        return is_other
