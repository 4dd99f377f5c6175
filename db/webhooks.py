"""Every query on the inbox."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased, defer

from contracts.text import clipped
from contracts.webhooks import Delivery, ReceivedDelivery, WebhookStatus
from db.ids import new_id
from db.models import Organization, WebhookEvent
from db.webhook_conflicts import WebhookConflicts
from errors import AbsentError
from policy.forms import json_of

# Text arrays, so that one statement with one plan takes any number of rows.
PUT = text("""
INSERT INTO webhook_events (id, organization_id, endpoint_id, project_id, source, delivery_id,
  event_type, payload_hash, raw, payload, headers, status, error_message, received_at, workflow_id,
  lease_until)
SELECT id, organization_id, endpoint_id, project_id, source, delivery_id, event_type, payload_hash,
  raw, CAST(payload AS jsonb), CAST(headers AS jsonb), status, error_message, received_at,
  workflow_id, now() + CAST(:lease AS interval)
FROM unnest(CAST(:id AS uuid[]), CAST(:organization_id AS uuid[]), CAST(:endpoint_id AS uuid[]),
  CAST(:project_id AS uuid[]), CAST(:source AS text[]), CAST(:delivery_id AS text[]),
  CAST(:event_type AS text[]), CAST(:payload_hash AS text[]), CAST(:raw AS bytea[]),
  CAST(:payload AS text[]), CAST(:headers AS text[]), CAST(:status AS text[]),
  CAST(:error_message AS text[]), CAST(:received_at AS timestamptz[]),
  CAST(:workflow_id AS text[]))
  AS new (id, organization_id, endpoint_id, project_id, source, delivery_id, event_type,
  payload_hash, raw, payload, headers, status, error_message, received_at, workflow_id)
ON CONFLICT (endpoint_id, delivery_id) DO NOTHING
RETURNING id
""")
THERE = text("""
SELECT event.id, event.endpoint_id, event.delivery_id, event.payload_hash
FROM webhook_events AS event
JOIN unnest(CAST(:endpoint_id AS uuid[]), CAST(:delivery_id AS text[]))
  AS asked (endpoint, delivery)
  ON event.endpoint_id = asked.endpoint AND event.delivery_id = asked.delivery
""")
FIELDS = (
    "organization_id",
    "endpoint_id",
    "project_id",
    "source",
    "delivery_id",
    "event_type",
    "payload_hash",
    "raw",
    "received_at",
    "workflow_id",
)
LEASE = timedelta(seconds=30)
"""How long whoever took a delivery in has, to start its workflow."""
STARTED = timedelta(minutes=10)
"""When to look again whether a workflow that runs is still there."""


class UnknownDeliveryError(AbsentError):
    """No such delivery in the inbox."""


def unknown_delivery(id: UUID) -> UnknownDeliveryError:
    return UnknownDeliveryError(f"There is no delivery {id}: starter.py webhooks list")


@dataclass(frozen=True)
class KeptDelivery:
    """What became of one delivery: the row that holds it, and whether it was new."""

    id: UUID
    new: bool
    conflict: bool = False


@dataclass(frozen=True)
class WaitingDelivery:
    """A row whose workflow somebody must start."""

    id: UUID
    workflow_id: str
    replay: int


class Inbox:
    """Of all organizations. The caller owns the transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def put(self, received: Sequence[ReceivedDelivery]) -> list[KeptDelivery]:
        """Inserts what is not there, with one statement; in the given order. Repeatable. The rows'
        workflows are the caller's to start within LEASE."""
        ids = [new_id() for _ in received]
        new = await self._insert(dict(zip(ids, received, strict=True)))
        if len(new) == len(ids):
            return [KeptDelivery(id, new=True) for id in ids]
        old = [one for one, id in zip(received, ids, strict=True) if id not in new]
        there = await self._there(old)
        return [
            KeptDelivery(id, new=True)
            if id in new
            else there[one.endpoint_id, one.delivery_id, one.payload_hash]
            for one, id in zip(received, ids, strict=True)
        ]

    async def _insert(self, rows: Mapping[UUID, ReceivedDelivery]) -> set[UUID]:
        """The ids of those that were not there."""
        ids = sorted(rows, key=lambda id: _place(rows[id]))
        received = [rows[id] for id in ids]
        columns: dict[str, Any] = {
            name: [getattr(one, name) for one in received] for name in FIELDS
        }
        columns |= {
            "id": ids,
            "lease": LEASE,
            "payload": [_payload(one) for one in received],
            "headers": [json.dumps(one.headers) for one in received],
            "status": ["FAILED" if one.unreadable else "RECEIVED" for one in received],
            "error_message": [one.unreadable for one in received],
        }
        return set((await self._session.execute(PUT, columns)).scalars())

    async def _there(
        self, old: Sequence[ReceivedDelivery]
    ) -> dict[tuple[UUID, str, str], KeptDelivery]:
        """The rows that were there before, and a note on those that came with another body."""
        asked = {
            "endpoint_id": [one.endpoint_id for one in old],
            "delivery_id": [one.delivery_id for one in old],
        }
        rows = {(row[1], row[2]): row for row in await self._session.execute(THERE, asked)}
        found = {}
        for one in sorted(old, key=_place):
            row = rows[one.endpoint_id, one.delivery_id]
            conflict = row.payload_hash != one.payload_hash
            if conflict:
                await WebhookConflicts(self._session).note(row.id, one.payload_hash)
            key = (one.endpoint_id, one.delivery_id, one.payload_hash)
            found[key] = KeptDelivery(row.id, new=False, conflict=conflict)
        return found

    async def load(self, id: UUID) -> Delivery:
        """Raises UnknownDeliveryError."""
        found = await self._session.execute(
            select(WebhookEvent, Organization.slug)
            .join(Organization, Organization.id == WebhookEvent.organization_id)
            .where(WebhookEvent.id == id)
            # As large as the payload, and read by nobody who processes it.
            .options(defer(WebhookEvent.raw, raiseload=True))
        )
        row = found.one_or_none()
        if row is None:
            raise unknown_delivery(id)
        return delivery_of(row[0], row[1])

    async def follows_others(self, id: UUID) -> bool:
        """Whether something that its provider told before has no outcome yet."""
        before, mine = aliased(WebhookEvent), aliased(WebhookEvent)
        place = tuple_(before.received_at, before.id) < tuple_(mine.received_at, mine.id)
        same = (before.organization_id == mine.organization_id) & (before.source == mine.source)
        open = before.status == WebhookStatus.RECEIVED
        statement = select(before.id).join(mine, same & place).where(mine.id == id, open)
        return await self._session.scalar(statement.limit(1)) is not None

    async def claim(self, limit: int) -> list[WaitingDelivery]:
        """Rows that nobody starts any more, leased to the caller; others skip them meanwhile."""
        waiting = (
            select(WebhookEvent.id)
            .where(
                WebhookEvent.status == WebhookStatus.RECEIVED,
                WebhookEvent.lease_until < func.now(),
            )
            .order_by(WebhookEvent.lease_until)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        claimed = (
            update(WebhookEvent)
            .where(WebhookEvent.id.in_(waiting))
            .values(lease_until=func.now() + LEASE)
            .returning(WebhookEvent.id, WebhookEvent.workflow_id, WebhookEvent.replays)
        )
        rows = await self._session.execute(claimed)
        return [WaitingDelivery(row.id, row.workflow_id, row.replays) for row in rows]

    async def started(self, ids: Sequence[UUID]) -> None:
        """Their workflows run: no need to look for a while."""
        rows = update(WebhookEvent).where(WebhookEvent.id.in_(ids))
        await self._session.execute(rows.values(lease_until=func.now() + STARTED))

    async def settle(self, id: UUID, status: WebhookStatus, *, why: str | None = None) -> bool:
        """False when it was settled before: an outcome is never overwritten. Repeatable."""
        changed = (
            update(WebhookEvent)
            .where(WebhookEvent.id == id, WebhookEvent.status == WebhookStatus.RECEIVED)
            .values(
                status=status,
                error_message=clipped(why) if why else None,
                processed_at=func.now(),
                lease_until=None,
            )
            .returning(WebhookEvent.id)
        )
        return await self._session.scalar(changed) is not None


def _place(one: ReceivedDelivery) -> tuple[UUID, str]:
    """Rows are written in an order that all keep: two gateways with the same deliveries would
    wait for each other."""
    return one.endpoint_id, one.delivery_id


def _payload(one: ReceivedDelivery) -> str | None:
    """As it came: Postgres reads the numbers more exactly than we could write them."""
    if one.unreadable:
        return None
    return json_of(one.source, one.headers.get("content-type"), one.body()).decode()


def delivery_of(row: WebhookEvent, slug: str) -> Delivery:
    return Delivery(
        id=row.id,
        endpoint_id=row.endpoint_id,
        organization_id=row.organization_id,
        organization=slug,
        project_id=row.project_id,
        source=row.source,
        delivery_id=row.delivery_id,
        event_type=row.event_type,
        received_at=row.received_at,
        status=row.status,
        payload=row.payload,
        headers=row.headers,
        replay=row.replays,
    )
