"""A new organization for each test, with a worker of its own in this process."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest
from redis.asyncio import Redis
from temporalio.client import Client

from db.engine import Sessions, open_sessions
from db.maintenance import upgrade
from tests.clients.git_upstream import Upstream
from tests.conftest import NewDatabase
from tests.workflows.office import ALL, Office, worker_of
from tests.workflows.scripted_workshop import ScriptedWorkshop, ran_tests
from worker import Stores


@pytest.fixture(scope="session")
async def sessions(new_database: NewDatabase) -> AsyncIterator[Sessions]:
    """A database that nobody else tampers with: `verify_ledger` looks at all of it."""
    url = await new_database()
    await upgrade(url)
    async with open_sessions(url) as sessions:
        yield sessions


@pytest.fixture
def workshop() -> ScriptedWorkshop:
    workshop = ScriptedWorkshop()
    workshop.script("tests", ran_tests(3))
    return workshop


@pytest.fixture
async def closed_office(
    sessions: Sessions, redis: Redis, temporal: Client, tmp_path: Path
) -> Office:
    """An organization whose worker does not run yet."""
    (tmp_path / "playbooks").mkdir()
    upstream = Upstream.init(tmp_path / "upstream")
    upstream.commit(readme="Hello")
    office = Office(
        slug=f"org-{uuid4().hex[:12]}",
        stores=Stores(sessions, redis),
        client=temporal,
        task_queue=f"slipway-{uuid4().hex[:12]}",
        upstream=upstream,
        folder=tmp_path,
    )
    await office.found()
    office.playbook("all", *ALL)
    return office


@pytest.fixture
async def office(closed_office: Office, workshop: ScriptedWorkshop) -> AsyncIterator[Office]:
    async with worker_of(closed_office, workshop):
        yield closed_office
        workshop.let_everybody_go()
