"""Every query on messages: asked for once, tried, settled by their delivery, listed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, cast, func, literal, select, update
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.notifications import (
    LOST,
    Channel,
    NotificationStatus,
    Parcel,
    ProviderAnswer,
)
from db.ids import new_id
from db.models import Notification, NotificationEndpoint
from db.notification_endpoints import Destination

PENDING = NotificationStatus.PENDING


@dataclass(frozen=True)
class Content:
    """What all messages on one request have in common."""

    organization_id: UUID
    event_type: str
    issue_key: str
    subject: str
    body: str
    card: dict[str, Any] | None
    orchestration_id: UUID | None
    correlation_id: UUID | None


@dataclass(frozen=True)
class Addressee:
    channel: Channel
    recipient: str
    endpoint_id: UUID | None
    urgent: bool
    dedupe_key: str
    batch_key: str | None


@dataclass(frozen=True)
class Tried:
    """An attempt on these messages, counted for the first of them."""

    ids: Sequence[UUID]
    number: int
    at: datetime


class Notifications:
    """The caller owns the transaction. Only a delivery changes what is there."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, content: Content, addressees: Sequence[Addressee]) -> None:
        """Repeatable: a message whose dedupe key is there stays as it is, batch included."""
        rows = [{"id": new_id(), **vars(content), **vars(addressee)} for addressee in addressees]
        if rows:
            await self._session.execute(insert(Notification).values(rows).on_conflict_do_nothing())

    async def parcels(self, dedupe_keys: Sequence[str]) -> list[Parcel]:
        """What deliveries are needed for those of them that are still to be sent."""
        rows = await self._session.execute(
            select(Notification.dedupe_key, Notification.batch_key)
            .where(Notification.dedupe_key.in_(dedupe_keys), Notification.status == PENDING)
            .order_by(Notification.id)
        )
        return parcels_of(rows.all())

    async def contents(self, parcel: Parcel) -> list[Notification]:
        """The messages of a parcel that are still to be sent, oldest first."""
        rows = await self._session.scalars(
            select(Notification)
            .where(_within(parcel), Notification.status == PENDING)
            .order_by(Notification.id)
        )
        return list(rows)

    async def reopen(self, parcel: Parcel) -> None:
        """What was given up is to be sent again. Repeatable."""
        again = update(Notification).where(_within(parcel), Notification.status.in_(LOST))
        await self._session.execute(again.values(status=PENDING, error=None))

    async def hold(self, ids: Sequence[UUID], until: datetime) -> None:
        held = update(Notification).where(Notification.id.in_(ids))
        await self._session.execute(held.values(next_attempt_at=until))

    async def begin(self, ids: Sequence[UUID], at: datetime) -> Tried:
        """The intent, before anything is sent."""
        begun = update(Notification).where(Notification.id.in_(ids))
        numbers = await self._session.scalars(
            begun.values(attempts=Notification.attempts + 1, next_attempt_at=None).returning(
                Notification.attempts
            )
        )
        return Tried(ids, max(numbers.all(), default=1), at)

    async def delivered(self, tried: Tried, answer: ProviderAnswer) -> None:
        """Only what is still pending: a message is delivered once on record."""
        confirmed = answer.status is NotificationStatus.DELIVERED
        await self._answer(
            tried,
            answer,
            status=answer.status,
            sent_at=tried.at,
            delivered_at=tried.at if confirmed else None,
            thread_id=answer.thread_id,
            error=None,
        )

    async def postponed(self, tried: Tried, answer: ProviderAnswer, delay: timedelta) -> None:
        await self._answer(tried, answer, next_attempt_at=tried.at + delay, error=answer.said)

    async def refused(self, tried: Tried, answer: ProviderAnswer) -> None:
        await self._answer(tried, answer, error=answer.said)

    async def give_up(
        self, parcel: Parcel, status: NotificationStatus, reason: str
    ) -> list[Notification]:
        """All of the parcel that is lost by now, so that a repetition sees the same."""
        lost = update(Notification).where(_within(parcel), Notification.status == PENDING)
        await self._session.execute(
            lost.values(
                status=status,
                # What the provider said last says more than that our patience ended.
                error=func.coalesce(Notification.error, reason),
                next_attempt_at=None,
            ),
            execution_options={"synchronize_session": False},
        )
        rows = select(Notification).where(_within(parcel), Notification.status.in_(LOST))
        return list(await self._session.scalars(rows.order_by(Notification.id)))

    async def sent_within(self, organization_id: UUID, to: Destination, time: timedelta) -> int:
        """How many single messages were meant for it, or for them, of late."""
        count = select(func.count()).where(
            Notification.organization_id == organization_id,
            Notification.recipient == to.recipient,
            Notification.endpoint_id == to.endpoint_id,
            Notification.created_at > func.now() - time,
            Notification.batch_key.is_(None),
        )
        return await self._session.scalar(count) or 0

    async def endpoint_of(self, row: Notification) -> NotificationEndpoint | None:
        if row.endpoint_id is None:
            return None
        return await self._session.get(NotificationEndpoint, row.endpoint_id)

    async def _answer(self, tried: Tried, answer: ProviderAnswer, **changes: Any) -> None:
        """Keeps the provider's words under the attempt's number."""
        entry = {str(tried.number): {"at": tried.at.isoformat(), **_dumped(answer)}}
        kept = func.coalesce(Notification.provider_answer, cast(literal("{}"), JSONB))
        statement = update(Notification).where(
            Notification.id.in_(tried.ids), Notification.status == PENDING
        )
        await self._session.execute(
            statement.values(provider_answer=kept.op("||")(cast(entry, JSONB)), **changes)
        )


def parcels_of(rows: Sequence[Row[str, str | None]]) -> list[Parcel]:
    """Of rows with a dedupe key and a batch's key: each batch once."""
    found = (Parcel(key=batch or key, batch=batch is not None) for key, batch in rows)
    return list(dict.fromkeys(found))


def _within(parcel: Parcel) -> ColumnElement[bool]:
    if parcel.batch:
        return Notification.batch_key == parcel.key
    return Notification.dedupe_key == parcel.key


def _dumped(answer: ProviderAnswer) -> dict[str, Any]:
    return answer.model_dump(mode="json", exclude_none=True)
