"""Every query on messages that people ask: what became of them, and which were lost."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, case, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.notifications import LOST, NotificationRow, NotificationStatus
from db.models import Notification, NotificationEndpoint, Organization
from errors import AbsentError

SHOWN = 500
PENDING = NotificationStatus.PENDING


class UnknownNotificationError(AbsentError):
    """No message of this id in this organization."""


@dataclass(frozen=True)
class Lost:
    """What failed longest ago, and how many failed in all; `bounced` were refused for good."""

    rows: Sequence[NotificationRow]
    failed: int
    bounced: int


class NotificationList:
    """One organization's messages, for people to look at."""

    def __init__(self, session: AsyncSession, organization: str) -> None:
        self._session, self._organization = session, organization

    async def latest(self, failed: bool = False) -> list[NotificationRow]:
        """Newest first, at most 500."""
        newest = (Notification.created_at.desc(), Notification.id.desc())
        rows = self._rows().order_by(*newest).limit(SHOWN)
        if failed:
            rows = rows.where(Notification.status.in_(LOST))
        return [_shown(row) for row in await self._session.execute(rows)]

    async def one(self, id: UUID) -> NotificationRow:
        """Raises UnknownNotificationError."""
        found = await self._session.execute(self._rows().where(Notification.id == id))
        row = found.one_or_none()
        if row is None:
            raise UnknownNotificationError(f"There is no message {id} in this organization.")
        return _shown(row)

    async def lost(self, since: datetime, endpoint_id: UUID | None, most: int) -> Lost:
        """Of what was asked for since then, at this endpoint, or wherever messages go still."""
        among = (Notification.created_at >= since, _goes(endpoint_id))
        counted = self._of(select(Notification.status, func.count())).where(*among)
        rows = await self._session.execute(counted.group_by(Notification.status))
        counts = {status: count for status, count in rows}
        failed = self._rows().where(*among, Notification.status == NotificationStatus.FAILED)
        # What fails again goes to the end, so that all have their turn.
        oldest = failed.order_by(Notification.updated_at, Notification.id).limit(most)
        return Lost(
            rows=[_shown(row) for row in await self._session.execute(oldest)],
            failed=counts.get(NotificationStatus.FAILED, 0),
            bounced=counts.get(NotificationStatus.BOUNCED, 0),
        )

    def _rows(self) -> Any:
        """Each with the time until which its endpoint rests, where it waits for that."""
        closed = NotificationEndpoint.closed_until
        waits = (Notification.status == PENDING) & (closed > func.now())
        return self._of(select(Notification, case((waits, closed)).label("rests_until")))

    def _of(self, query: Any) -> Any:
        # By a join Postgres would look through everybody's messages for those of a small one.
        own = select(Organization.id).where(Organization.slug == self._organization)
        return (
            query.select_from(Notification)
            .outerjoin(NotificationEndpoint, NotificationEndpoint.id == Notification.endpoint_id)
            .where(Notification.organization_id == own.scalar_subquery())
        )


def _goes(endpoint_id: UUID | None) -> ColumnElement[bool]:
    """Nothing goes to endpoints that were removed."""
    if endpoint_id is not None:
        return Notification.endpoint_id == endpoint_id
    return Notification.endpoint_id.is_(None) | NotificationEndpoint.active


def _shown(row: Row[Notification, datetime | None]) -> NotificationRow:
    message, rests_until = row
    names = NotificationRow.model_fields.keys() - {"rests_until"}
    stored = {name: getattr(message, name) for name in names}
    return NotificationRow.model_validate({**stored, "rests_until": rests_until})
