"""How long the inbox keeps what came: what was dealt with for a while, dead letters longer."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, and_, delete, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.webhooks import WebhookStatus
from db.models import WebhookEvent

BATCH = 1_000
# So long GitHub lets its deliveries be sent again: what is forgotten sooner would come anew.
SENT_AGAIN = timedelta(days=30)
DEALT_WITH = (WebhookStatus.PROCESSED, WebhookStatus.IGNORED)


@dataclass(frozen=True)
class Ages:
    """`failed` is never less than `settled`."""

    settled: timedelta
    failed: timedelta

    @classmethod
    def of_days(cls, settled: int, failed: int) -> "Ages":
        return cls(timedelta(days=settled), timedelta(days=max(settled, failed)))

    def no_younger_than(self, age: timedelta) -> "Ages":
        """Of that age instead, but what GitHub may still send again is kept, unless these forget it
        sooner themselves; dead letters are never kept for less than before."""
        settled = max(age, min(self.settled, SENT_AGAIN))
        return Ages(settled, max(settled, self.failed))


async def count_old(session: AsyncSession, ages: Ages) -> int:
    """How many rows of all organizations `forget_old` would delete."""
    return await session.scalar(select(func.count()).where(_older(ages))) or 0


async def forget_old(session: AsyncSession, ages: Ages) -> int:
    """Deletes up to 1,000 rows; how many. Call it until there are none. What is still to be
    processed stays, however old it is. Repeatable, and several may do it at once."""
    old = select(WebhookEvent.id).where(_older(ages)).limit(BATCH)
    gone = delete(WebhookEvent).where(WebhookEvent.id.in_(old.with_for_update(skip_locked=True)))
    return len((await session.scalars(gone.returning(WebhookEvent.id))).all())


def _older(ages: Ages) -> ColumnElement[bool]:
    """Found by the index on status and arrival; one that was replayed since counts from then."""
    settled = and_(WebhookEvent.status.in_(DEALT_WITH), _before(ages.settled))
    failed = and_(WebhookEvent.status == WebhookStatus.FAILED, _before(ages.failed))
    return or_(settled, failed)


def _before(age: timedelta) -> ColumnElement[bool]:
    limit = func.now() - age
    settled_at = func.coalesce(WebhookEvent.processed_at, WebhookEvent.received_at)
    return and_(WebhookEvent.received_at < limit, settled_at < limit)
