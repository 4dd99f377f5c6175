"""An organization whose messages go out as mails, on a server that skips time."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from redis.asyncio import Redis
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest
from temporalio.testing import WorkflowEnvironment

from cli.setup import KINDS
from contracts.search_attributes import SEARCH_ATTRIBUTES
from db.engine import Sessions
from db.identity import Organizations
from db.notification_endpoints import Routes
from ground import Stores
from policy.notifications import SEEDED_ROUTES
from tests.receivers import MailReceiver
from tests.workflows.office import Office, found_office, worker_of
from tests.workflows.scripted_workshop import ScriptedWorkshop
from tests.workflows.skipped_time import time_skipping


@pytest.fixture
async def time() -> AsyncIterator[WorkflowEnvironment]:
    async with time_skipping() as environment:
        client = environment.client
        wanted = {name: KINDS[kind] for name, kind in SEARCH_ATTRIBUTES.items()}
        await client.operator_service.add_search_attributes(
            AddSearchAttributesRequest(namespace=client.namespace, search_attributes=wanted)
        )
        yield environment


@pytest.fixture
async def closed_office(
    sessions: Sessions, redis: Redis, time: WorkflowEnvironment, tmp_path: Path
) -> Office:
    """With the seeded routes."""
    office = await found_office(Stores(sessions, redis), time.client, tmp_path)
    async with sessions.begin() as session:
        organization_id = await Organizations(session).ensure(office.slug, office.slug)
        await Routes(session, organization_id).ensure(SEEDED_ROUTES)
    return office


@pytest.fixture
async def office(
    closed_office: Office, workshop: ScriptedWorkshop, mail: MailReceiver
) -> AsyncIterator[Office]:
    url = f"smtp://127.0.0.1:{mail.port}"
    async with worker_of(closed_office, workshop, smtp_url=url):
        yield closed_office
        workshop.let_everybody_go()
