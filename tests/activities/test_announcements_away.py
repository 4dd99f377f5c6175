"""Telling people while Postgres is away or held up, right after it took the events."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from temporalio.client import Client
from temporalio.testing import ActivityEnvironment

from activities.announcements import TRIES, Announcer
from activities.notifications import NotificationActivities
from clients.temporal.notifications import NotificationWorkflows
from db.engine import open_sessions
from policy.limits import DEFAULTS
from policy.redaction import Redaction
from stack.ports import free_port
from tests.conftest import NewDatabase
from tests.db.chains import Author


@pytest.mark.parametrize(("attempt", "fails"), [(1, True), (TRIES, False)])
async def test_it_is_tried_again_but_no_work_ends_by_it(
    temporal: Client, attempt: int, fails: bool
) -> None:
    environment = ActivityEnvironment()
    environment.info = replace(environment.info, attempt=attempt)
    batch = Author(uuid4(), uuid4()).start()
    async with open_sessions(f"postgresql://nobody@127.0.0.1:{free_port()}/none") as away:
        deliveries = NotificationWorkflows(temporal, "nowhere")
        asking = NotificationActivities(away, deliveries, DEFAULTS["notifications"], Redaction([]))
        announcer = Announcer(away, asking, mail=False)
        if fails:
            with pytest.raises(OSError, match="Connect call failed"):
                await environment.run(announcer.announce, batch)
        else:
            await environment.run(announcer.announce, batch)


async def test_a_server_that_is_held_up_is_asked_again_too(
    temporal: Client, migrated_database: NewDatabase
) -> None:
    url = await migrated_database()
    async with (
        open_sessions(url) as sessions,
        open_sessions(url, patience=timedelta(seconds=2)) as short,
    ):
        deliveries = NotificationWorkflows(temporal, "nowhere")
        asking = NotificationActivities(short, deliveries, DEFAULTS["notifications"], Redaction([]))
        announcer = Announcer(short, asking, mail=False)
        async with sessions.begin() as session:
            await session.execute(text("LOCK TABLE notification_routes"))
            batch = Author(uuid4(), uuid4()).start()
            with pytest.raises(DBAPIError, match="lock timeout"):
                await ActivityEnvironment().run(announcer.announce, batch)
