"""The query on what became of the messages that asked for an approval."""

from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.notifications import LOST, Channel, NotificationStatus
from db.models import Notification

MOST = 500


class AskingMessage(BaseModel, frozen=True):
    """One, to one recipient. `error` is what was said of it last."""

    channel: Channel
    recipient: str
    status: NotificationStatus
    error: str | None

    @property
    def lost(self) -> bool:
        return self.status in LOST


class ApprovalMessages:
    """The caller owns the transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def of(self, approval_id: UUID) -> list[AskingMessage]:
        """The newest first. None at all: no route led anywhere, or nobody was to be asked."""
        row = Notification
        rows = await self._session.execute(
            select(row.channel, row.recipient, row.status, row.error)
            .where(row.correlation_id == approval_id)
            .order_by(row.id.desc())
            .limit(MOST)
        )
        return [AskingMessage.model_validate(one._mapping) for one in rows]
