"""A message whose delivery nobody started is delivered all the same, and once."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select, update
from temporalio.client import Client
from temporalio.testing import ActivityEnvironment

from activities.notification_sweep import NotificationSweepActivities
from clients.temporal.notifications import NotificationWorkflows
from contracts.notifications import SWEEP_NOTIFICATIONS, Channel, Parcel, notification_workflow_id
from db.identity import Organizations
from db.models import Notification
from db.notification_sweep import Unsent
from db.notifications import Addressee, Content, Notifications
from tests.receivers import MailReceiver
from tests.workflows.office import Office, until, worker_of
from tests.workflows.scripted_workshop import ScriptedWorkshop

LONG_AGO = timedelta(minutes=2)


@pytest.fixture
async def telling(
    closed_office: Office, workshop: ScriptedWorkshop, mail: MailReceiver
) -> AsyncIterator[Office]:
    async with worker_of(closed_office, workshop, smtp_url=f"smtp://127.0.0.1:{mail.port}"):
        yield closed_office


async def left(office: Office, age: timedelta = LONG_AGO, held: bool = False) -> str:
    """The dedupe key of a message that is on record, and no more than that."""
    key = f"{office.slug}-{uuid4().hex}"
    async with office.stores.sessions.begin() as session:
        id = await Organizations(session).ensure(office.slug, office.slug)
        content = Content(id, "PhaseCompleted", "KEY-1", "done", "all of it", None, None, None)
        addressee = Addressee(Channel.EMAIL, f"max@{office.slug}.test", None, False, key, None)
        await Notifications(session).add(content, [addressee])
        row = update(Notification).where(Notification.dedupe_key == key)
        until = datetime.now(UTC) + timedelta(hours=8) if held else None
        await session.execute(row.values(updated_at=func.now() - age, next_attempt_at=until))
    return key


async def sweep(office: Office) -> int:
    started: int = await office.client.execute_workflow(
        SWEEP_NOTIFICATIONS, id=f"sweep-{uuid4()}", task_queue=office.task_queue, result_type=int
    )
    return started


async def status_of(office: Office, key: str) -> str:
    async with office.stores.sessions() as session:
        found = select(Notification.status).where(Notification.dedupe_key == key)
        return (await session.execute(found)).scalar_one()


async def claimed(office: Office) -> set[str]:
    async with office.stores.sessions.begin() as session:
        return {parcel.key for parcel in await Unsent(session).claim(1_000)}


async def test_what_was_left_is_delivered_once_however_many_sweep(
    telling: Office, mail: MailReceiver
) -> None:
    keys = [await left(telling) for _ in range(3)]
    await asyncio.gather(*(sweep(telling) for _ in range(3)))

    async def all_sent() -> bool:
        return {await status_of(telling, key) for key in keys} == {"SENT"}

    await until(all_sent)
    await sweep(telling)
    # What other tests have left is swept, too.
    mine = [one for one in mail.mails if telling.slug in one["To"]]
    assert len(mine) == len(keys)


async def test_what_is_new_or_waits_for_its_time_is_left_alone(closed_office: Office) -> None:
    new = await left(closed_office, age=timedelta())
    held = await left(closed_office, held=True)
    lost = await left(closed_office)
    first, second = await claimed(closed_office), await claimed(closed_office)
    assert lost in first
    assert not first & {new, held}
    assert not second & {new, held, lost}


async def test_a_delivery_that_runs_is_not_disturbed(closed_office: Office) -> None:
    key = await left(closed_office)
    deliveries = NotificationWorkflows(closed_office.client, closed_office.task_queue)
    assert await deliveries.start_left(Parcel(key=key))
    assert not await deliveries.start_left(Parcel(key=key))
    handle = closed_office.client.get_workflow_handle(notification_workflow_id(key))
    history = await handle.fetch_history()
    kinds = [event.WhichOneof("attributes") for event in history.events]
    assert "workflow_execution_signaled_event_attributes" not in kinds
    await handle.terminate("the test is over")


class Slow(NotificationWorkflows):
    """Its server answers once `go_on` is set: that it runs already."""

    def __init__(self, client: Client) -> None:
        super().__init__(client, "nobody")
        self.go_on, self.asked = asyncio.Event(), 0

    async def start_left(self, parcel: Parcel) -> bool:
        async with asyncio.timeout(45):
            await self.go_on.wait()
        self.asked += 1
        return False


async def test_a_sweep_shows_that_it_lives_while_a_server_is_slow(closed_office: Office) -> None:
    await left(closed_office)
    slow, environment = Slow(closed_office.client), ActivityEnvironment()
    environment.on_heartbeat = lambda *_: slow.go_on.set()
    sweep = NotificationSweepActivities(closed_office.stores.sessions, slow)
    assert await environment.run(sweep.sweep_notifications) == 0
    assert slow.asked >= 1
