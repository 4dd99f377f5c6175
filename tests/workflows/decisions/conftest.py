"""A browser for all tests of people who decide from afar, and where most of them knock."""

from collections.abc import AsyncIterator

import pytest
from httpx2 import AsyncClient

from tests.workflows.approval_house import Reception, receiving_people, sealed_ground
from tests.workflows.office import Office, worker_of
from tests.workflows.scripted_workshop import ScriptedWorkshop


@pytest.fixture(scope="session")
async def http() -> AsyncIterator[AsyncClient]:
    async with AsyncClient(timeout=30, trust_env=False) as client:
        yield client


@pytest.fixture
async def reception(
    closed_office: Office, workshop: ScriptedWorkshop, http: AsyncClient
) -> AsyncIterator[Reception]:
    office = closed_office
    async with worker_of(office, workshop, sealed_ground(office)):
        async with receiving_people(office, http) as reception:
            yield reception
        workshop.let_everybody_go()
