"""The query on messages that nobody delivers, whoever died before their delivery was started."""

from datetime import timedelta

from sqlalchemy import func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.notifications import NotificationStatus, Parcel
from db.models import Notification
from db.notifications import parcels_of

# Time for whoever asked for it, and for an attempt that is under way.
LEASE = timedelta(minutes=1)


class Unsent:
    """Of all organizations. The caller owns the transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def claim(self, limit: int) -> list[Parcel]:
        """What has been pending for a while without a sign of life, the longest first. It counts
        as seen from now on: others skip it meanwhile, and all have their turn."""
        silent = (
            select(Notification.id)
            .where(
                Notification.status == NotificationStatus.PENDING,
                Notification.updated_at < func.now() - LEASE,
                or_(
                    Notification.next_attempt_at.is_(None),
                    Notification.next_attempt_at < func.now() - LEASE,
                ),
            )
            .order_by(Notification.updated_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        claimed = (
            update(Notification)
            .where(Notification.id.in_(silent))
            .values(updated_at=func.now())
            .returning(Notification.dedupe_key, Notification.batch_key)
        )
        return parcels_of((await self._session.execute(claimed)).all())
