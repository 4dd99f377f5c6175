"""A new organization for each test, with a worker of its own in this process."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from redis.asyncio import Redis
from temporalio.client import Client

from db.engine import Sessions, open_sessions
from db.maintenance import upgrade
from ground import Stores
from tests.conftest import NewDatabase
from tests.workflows.office import Office, found_office, worker_of
from tests.workflows.scripted_workshop import ScriptedWorkshop, ran_tests


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
    return await found_office(Stores(sessions, redis), temporal, tmp_path)


@pytest.fixture
async def office(closed_office: Office, workshop: ScriptedWorkshop) -> AsyncIterator[Office]:
    async with worker_of(closed_office, workshop):
        yield closed_office
        workshop.let_everybody_go()
