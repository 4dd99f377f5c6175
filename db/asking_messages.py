"""The query on what became of the messages that asked people for what a run waits for."""

from collections.abc import Collection
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.notifications import LOST, Channel, FactKey, NotificationStatus
from db.models import Notification
from policy.notifications import first_of, known_by

# Of all that was said of one orchestration, the newest.
MOST = 1_000


class AskingMessage(BaseModel, frozen=True):
    """One, to one recipient. `error` is what was said of it last."""

    channel: Channel
    recipient: str
    endpoint_id: UUID | None
    status: NotificationStatus
    error: str | None
    dedupe_key: FactKey

    @property
    def lost(self) -> bool:
        return self.status in LOST

    @property
    def to(self) -> str:
        return str(self.endpoint_id or self.recipient)


class AskingMessages:
    """One organization's, by its slug. The caller owns the transaction."""

    def __init__(self, session: AsyncSession, organization: str) -> None:
        self._session, self._organization = session, organization

    async def of(self, orchestration_id: UUID, facts: Collection[FactKey]) -> list[AskingMessage]:
        """Those that told of one of these facts, the newest first. None at all: no route led
        anywhere, or nobody was to be told."""
        row = Notification
        found = await self._session.execute(
            select(*(getattr(row, name) for name in AskingMessage.model_fields))
            .where(row.orchestration_id == orchestration_id)
            .order_by(row.id.desc())
            .limit(MOST)
        )
        messages = [AskingMessage.model_validate(one._mapping) for one in found]
        # A row does not say which fact it is about, but each fact and recipient have their key.
        known = {
            known_by((self._organization, fact), channel, to)
            for channel, to in {(one.channel, one.to) for one in messages}
            for fact in facts
        }
        return [one for one in messages if first_of(one.dedupe_key) in known]
