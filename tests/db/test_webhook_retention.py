"""How long the inbox keeps what came."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, update
from temporalio.testing import ActivityEnvironment

from activities.retention import RetentionActivities
from contracts.webhooks import ReceivedDelivery, WebhookSource, WebhookStatus
from db.engine import Sessions
from db.models import WebhookEndpoint, WebhookEvent
from db.retention import deliveries, in_batches
from db.webhook_retention import Ages, count_old
from db.webhooks import Inbox
from tests.conftest import TestOrganization

AGES = Ages.of_days(35, 90)
Row = tuple[str, int, int | None]
"""Its status, and how many days ago it came and was settled."""
ROWS: dict[str, Row] = {
    "processed": ("PROCESSED", 36, 36),
    "ignored": ("IGNORED", 36, 36),
    "processed of late": ("PROCESSED", 34, 34),
    "replayed of late": ("PROCESSED", 60, 1),
    "dead": ("FAILED", 89, 89),
    "long dead": ("FAILED", 91, 91),
    "unreadable and long dead": ("FAILED", 91, None),
    "never started": ("RECEIVED", 400, None),
}
GONE = {"processed", "ignored", "long dead", "unreadable and long dead"}


@pytest.fixture
async def endpoint(sessions: Sessions, organization: TestOrganization) -> UUID:
    """With rows of several ages."""
    id = uuid4()
    source = WebhookSource.GITHUB
    known = {"id": id, "organization_id": organization.id, "source": source, "path": id.hex}
    async with sessions.begin() as session:
        session.add(WebhookEndpoint(**known))
    async with sessions.begin() as session:
        await Inbox(session).put([_received(organization, id, name) for name in ROWS])
        for name, (status, came, settled) in ROWS.items():
            await session.execute(
                update(WebhookEvent)
                .where(WebhookEvent.endpoint_id == id, WebhookEvent.event_type == name)
                .values(status=status, received_at=_ago(came), processed_at=_ago(settled))
            )
    return id


def _received(organization: TestOrganization, endpoint_id: UUID, name: str) -> ReceivedDelivery:
    return ReceivedDelivery.of(
        b"{}",
        endpoint_id=endpoint_id,
        organization_id=organization.id,
        organization=organization.slug,
        source=WebhookSource.GITHUB,
        delivery_id=uuid4().hex,
        event_type=name,
        received_at=datetime.now(UTC),
        payload_hash="0",
    )


def _ago(days: int | None) -> datetime | None:
    return None if days is None else datetime.now(UTC) - timedelta(days=days)


async def _left(sessions: Sessions, endpoint: UUID) -> set[str]:
    async with sessions() as session:
        rows = select(WebhookEvent.event_type).where(WebhookEvent.endpoint_id == endpoint)
        return set(await session.scalars(rows))


async def test_dead_letters_stay_longer_and_what_waits_stays_for_ever(
    sessions: Sessions, endpoint: UUID
) -> None:
    async with sessions() as session:
        assert await count_old(session, AGES) >= len(GONE)  # Other tests leave some too.
    activity = RetentionActivities(sessions, AGES)
    assert await ActivityEnvironment().run(activity.forget_webhooks) >= len(GONE)
    assert await _left(sessions, endpoint) == set(ROWS) - GONE
    assert await ActivityEnvironment().run(activity.forget_webhooks) == 0


async def test_a_run_ends_after_so_many_batches(sessions: Sessions, endpoint: UUID) -> None:
    assert await in_batches(sessions, deliveries(AGES).forget, most=0) == 0
    assert await _left(sessions, endpoint) == set(ROWS)


def test_dead_letters_are_never_kept_for_less() -> None:
    assert Ages.of_days(35, 10).failed == timedelta(days=35)
    assert set(WebhookStatus) == {status for status, _, _ in ROWS.values()}


def test_what_may_be_sent_again_is_not_forgotten_in_passing() -> None:
    """`python -m db cleanup --days 7` is said for tickets."""
    month, week = timedelta(days=30), timedelta(days=7)
    assert AGES.no_younger_than(week) == Ages(month, timedelta(days=90))
    assert AGES.no_younger_than(timedelta(days=100)) == Ages.of_days(100, 100)
    assert Ages.of_days(7, 90).no_younger_than(week).settled == week
