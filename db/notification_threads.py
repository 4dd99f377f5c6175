"""The threads that providers keep: one for all messages on a ticket."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.notifications import Channel, NotificationStatus
from db.models import Notification
from errors import RetryLaterError

# All others tell no name of a thread, so that nobody need wait for it.
THREADED = frozenset({Channel.SLACK})
# No attempt takes longer: who began one then is dead, or sends into the void.
ON_ITS_WAY = timedelta(seconds=60)
SOON = timedelta(seconds=1)


class Threads:
    """The caller owns the transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def of(self, rows: Sequence[Notification]) -> str | None:
        """`rows` are one parcel, about one ticket: what the provider called the thread of that
        ticket's earlier messages, whichever attempt they were about. Raises RetryLaterError while
        the message that may begin it is on its way: until the end of the transaction nobody else
        begins one."""
        row = rows[0]
        nowhere = row.endpoint_id is None or row.orchestration_id is None
        if nowhere or row.channel not in THREADED:
            return None
        await self._session.execute(
            select(func.pg_advisory_xact_lock(func.hashtextextended(row.issue_key, 0)))
        )
        about = (
            Notification.endpoint_id == row.endpoint_id,
            Notification.issue_key == row.issue_key,
            # Not those of a customer's ticket, whose key may look the same.
            Notification.orchestration_id.is_not(None),
        )
        begun = select(Notification.thread_id).where(*about, Notification.thread_id.is_not(None))
        thread = await self._session.scalar(begun.order_by(Notification.id).limit(1))
        if thread is None:
            on_its_way = select(Notification.id).where(
                *about,
                Notification.id.not_in([one.id for one in rows]),
                Notification.status == NotificationStatus.PENDING,
                Notification.attempts > 0,
                Notification.next_attempt_at.is_(None),
                Notification.updated_at > func.now() - ON_ITS_WAY,
            )
            if await self._session.scalar(on_its_way.limit(1)) is not None:
                raise RetryLaterError("the first message of its thread is on its way", SOON)
        return thread
