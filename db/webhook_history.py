"""What people ask of the inbox: what came, what failed, and to do it again."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import defer

from contracts.webhooks import WebhookStatus, webhook_workflow_id
from db.models import WebhookEvent
from db.webhooks import LEASE, WaitingDelivery, unknown_delivery
from errors import PermanentError


class NotReplayableError(PermanentError):
    """A delivery that cannot be processed once more."""


class WebhookHistory:
    """One organization's. The caller owns the transaction."""

    def __init__(self, session: AsyncSession, organization_id: UUID) -> None:
        self._session, self._organization_id = session, organization_id

    async def recent(
        self, status: WebhookStatus | None, since: datetime | None, limit: int
    ) -> Sequence[WebhookEvent]:
        """The newest first; without their bodies."""
        wanted = self._select().order_by(WebhookEvent.received_at.desc(), WebhookEvent.id.desc())
        wanted = wanted.options(
            defer(WebhookEvent.raw, raiseload=True), defer(WebhookEvent.payload, raiseload=True)
        )
        if status is not None:
            wanted = wanted.where(WebhookEvent.status == status)
        if since is not None:
            wanted = wanted.where(WebhookEvent.received_at >= since)
        return (await self._session.scalars(wanted.limit(limit))).all()

    async def failed(self, since: datetime | None, *, readable: bool) -> Sequence[UUID]:
        """The dead letters, the oldest first; `readable` are those that can be replayed."""
        payload = WebhookEvent.payload
        wanted = select(WebhookEvent.id).where(
            self._mine(),
            WebhookEvent.status == WebhookStatus.FAILED,
            payload.is_not(None) if readable else payload.is_(None),
        )
        if since is not None:
            wanted = wanted.where(WebhookEvent.received_at >= since)
        return (await self._session.scalars(wanted.order_by(WebhookEvent.received_at))).all()

    async def find(self, id: UUID) -> WebhookEvent:
        """Raises UnknownDeliveryError."""
        found: WebhookEvent | None = await self._session.scalar(
            self._select().where(WebhookEvent.id == id)
        )
        if found is None:
            raise unknown_delivery(id)
        return found

    async def known(self, endpoint_id: UUID, delivery_ids: Sequence[str]) -> set[str]:
        """Those of the ids that came in by this endpoint."""
        found = await self._session.scalars(
            select(WebhookEvent.delivery_id).where(
                WebhookEvent.endpoint_id == endpoint_id, WebhookEvent.delivery_id.in_(delivery_ids)
            )
        )
        return set(found)

    async def replay(self, id: UUID) -> WaitingDelivery:
        """Makes it wait once more; its workflow is the caller's to start. What its first run has
        done is not done again. Raises UnknownDeliveryError, NotReplayableError."""
        row = await self._session.scalar(
            self._select().where(WebhookEvent.id == id).with_for_update()
        )
        if row is None:
            raise unknown_delivery(id)
        if row.status == WebhookStatus.RECEIVED:
            raise NotReplayableError(f"delivery {id} is still being processed")
        if row.payload is None:
            raise NotReplayableError(f"delivery {id} cannot be read: {row.error_message}")
        row.replays += 1
        row.workflow_id = webhook_workflow_id(row.endpoint_id, row.delivery_id, row.replays)
        row.status, row.error_message, row.processed_at = WebhookStatus.RECEIVED, None, None
        row.lease_until = await self._session.scalar(select(func.now() + LEASE))
        return WaitingDelivery(row.id, row.workflow_id, row.replays)

    def _select(self) -> Select[WebhookEvent]:
        return select(WebhookEvent).where(self._mine())

    def _mine(self) -> ColumnElement[bool]:
        return WebhookEvent.organization_id == self._organization_id
