"""Two gateways that keep the same deliveries at the same time."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID, uuid4

from sqlalchemy import text

from contracts.webhooks import ReceivedDelivery, WebhookSource
from db.engine import Sessions
from db.models import WebhookEndpoint
from db.webhooks import Inbox, Kept
from tests.conftest import TestOrganization
from tests.faults.patience import until

WAITING = text("SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'")


def received(organization: TestOrganization, endpoint: UUID, name: str) -> ReceivedDelivery:
    return ReceivedDelivery.of(
        b"{}",
        endpoint_id=endpoint,
        organization_id=organization.id,
        organization=organization.slug,
        source=WebhookSource.GITHUB,
        delivery_id=name,
        event_type="push",
        received_at=datetime.now(UTC),
        payload_hash="0",
    )


async def put(sessions: Sessions, batch: Sequence[ReceivedDelivery]) -> list[Kept]:
    async with sessions.begin() as session:
        return await Inbox(session).put(batch)


async def test_they_do_not_wait_for_each_other_whatever_came_first(
    sessions: Sessions, organization: TestOrganization
) -> None:
    async def both_wait() -> bool:
        async with sessions() as session:
            return bool(await session.scalar(WAITING) == 2)

    id = uuid4()
    known = {"id": id, "organization_id": organization.id, "path": id.hex}
    async with sessions.begin() as session:
        session.add(WebhookEndpoint(source=WebhookSource.GITHUB, **known))
    # Which of two who wait for the same row goes on first is chance.
    for turn in range(4):
        first, last = (received(organization, id, f"{turn}:{name}") for name in "ab")
        async with sessions() as session:
            await Inbox(session).put([last])
            batches = ([first, last], [last, first])
            both = [asyncio.create_task(put(sessions, batch)) for batch in batches]
            await until(both_wait, "both wait for somebody")
            await session.rollback()
        kept = await asyncio.gather(*both)
        assert sum(one.new for batch in kept for one in batch) == 2
