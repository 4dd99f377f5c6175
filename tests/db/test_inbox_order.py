"""Two gateways that keep the same deliveries at the same time."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID, uuid4

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.webhooks import ReceivedDelivery, WebhookSource
from db.engine import Sessions
from db.models import WebhookEndpoint
from db.webhooks import Inbox, KeptDelivery
from tests.conftest import TestOrganization
from tests.faults.patience import until

WAITING = text(
    "SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype IN ('transactionid', 'tuple')"
)


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


async def put(sessions: Sessions, batch: Sequence[ReceivedDelivery]) -> list[KeptDelivery]:
    async with sessions.begin() as session:
        return await Inbox(session).put(batch)


async def endpoint_of(sessions: Sessions, organization: TestOrganization) -> UUID:
    id = uuid4()
    known = {"id": id, "organization_id": organization.id, "path": id.hex}
    async with sessions.begin() as session:
        session.add(WebhookEndpoint(source=WebhookSource.GITHUB, **known))
    return id


async def kept_at_once(
    sessions: Sessions, holder: AsyncSession, *batches: Sequence[ReceivedDelivery]
) -> list[list[KeptDelivery]]:
    """Both have come as far as the row that `holder` holds, before it lets go."""

    async def all_wait() -> bool:
        async with sessions() as session:
            return bool(await session.scalar(WAITING) == len(batches))

    tasks = [asyncio.create_task(put(sessions, batch)) for batch in batches]
    await until(all_wait, "all wait for somebody")
    await holder.rollback()
    return await asyncio.gather(*tasks)


async def test_they_do_not_wait_for_each_other_whatever_came_first(
    sessions: Sessions, organization: TestOrganization
) -> None:
    id = await endpoint_of(sessions, organization)
    # Which of two who wait for the same row goes on first is chance.
    for turn in range(4):
        first, last = (received(organization, id, f"{turn}:{name}") for name in "ab")
        async with sessions() as session:
            await Inbox(session).put([last])
            kept = await kept_at_once(sessions, session, [first, last], [last, first])
        assert sum(one.new for batch in kept for one in batch) == 2


async def test_nor_where_all_come_again_with_other_bodies(
    sessions: Sessions, organization: TestOrganization
) -> None:
    id = await endpoint_of(sessions, organization)
    for turn in range(4):
        known = [received(organization, id, f"{turn}:{name}") for name in "ab"]
        first, last = (one.model_copy(update={"payload_hash": "1"}) for one in known)
        await put(sessions, known)
        async with sessions() as session:
            await Inbox(session).put([last])
            kept = await kept_at_once(sessions, session, [first, last], [last, first])
        assert all(one.conflict for batch in kept for one in batch)
