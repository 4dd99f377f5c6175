"""A new organization for each test, with a worker of its own in this process."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from redis.asyncio import Redis
from sqlalchemy import make_url
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

from db.engine import Sessions, open_sessions
from ground import Stores
from tests.conftest import NewDatabase, tell_server
from tests.workflows.office import Office, found_office, worker_of
from tests.workflows.scripted_workshop import ScriptedWorkshop, ran_tests
from tests.workflows.skipped_time import time_skipping


@pytest.fixture(scope="module")
async def sessions(postgres_url: str, migrated_database: NewDatabase) -> AsyncIterator[Sessions]:
    """A database of the module's own: `verify_ledger` looks at all that is there."""
    url = await migrated_database()
    async with open_sessions(url) as sessions:
        yield sessions
    await tell_server(postgres_url, f"DROP DATABASE {make_url(url).database} WITH (FORCE)")


@pytest.fixture(scope="module")
async def environment() -> AsyncIterator[WorkflowEnvironment]:
    """Of a module's own: what one leaves behind would hold up the time of others."""
    async with time_skipping() as environment:
        yield environment


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
