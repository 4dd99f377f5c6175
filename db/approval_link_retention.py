"""How long links to decide by are kept: for a while after nothing can be decided by them."""

from datetime import timedelta

from sqlalchemy import ColumnElement, and_, delete, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.approvals import ApprovalStatus
from contracts.orchestrations import RUNNING
from db.models import Approval, ApprovalLink, Orchestration

KEPT = timedelta(days=30)
"""So long an old mail's link says what became of the request; then it leads nowhere."""
BATCH = 1_000


async def count_old(session: AsyncSession, age: timedelta) -> int:
    """How many rows of all organizations `forget_old` would delete."""
    return await session.scalar(select(func.count()).where(_older(age))) or 0


async def forget_old(session: AsyncSession, age: timedelta) -> int:
    """Deletes up to 1,000 rows; how many. Call it until there are none. What can still be decided
    by stays, however old it is: else the same mail, sent again, would have another link.
    Repeatable, and several may do it at once."""
    old = select(ApprovalLink.id).where(_older(age)).limit(BATCH)
    gone = delete(ApprovalLink).where(ApprovalLink.id.in_(old.with_for_update(skip_locked=True)))
    return len((await session.scalars(gone.returning(ApprovalLink.id))).all())


def _older(age: timedelta) -> ColumnElement[bool]:
    """A request that is not known, as when its tables are made anew, speaks neither way."""
    limit = func.now() - age
    open_until = or_(Approval.expires_at.is_(None), Approval.expires_at > limit)
    pending = and_(
        Approval.status == ApprovalStatus.PENDING, Orchestration.status.in_(RUNNING), open_until
    )
    wanted = (
        exists()
        .where(Approval.id == ApprovalLink.approval_id)
        .where(Orchestration.id == Approval.orchestration_id)
        .where(or_(pending, Approval.updated_at > limit))
    )
    return and_(ApprovalLink.updated_at < limit, ~wanted)
