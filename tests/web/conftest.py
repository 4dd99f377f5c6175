"""One gateway for all tests that only send to it."""

from collections.abc import AsyncIterator

import pytest
from httpx2 import AsyncClient
from redis.asyncio import Redis

from contracts.webhooks import WebhookSource
from db.engine import Sessions
from stack.addresses import Addresses
from tests.conftest import TestOrganization
from tests.receivers import Receiver, receiving
from tests.web.gate import SECRET, Entry, NewGateway, open_endpoint, running, settings_with
from tests.web.shaky import Shaky, shaky_gateway
from web.keeping import PATIENCE


@pytest.fixture(scope="session")
def new_gateway(sessions: Sessions, redis: Redis, stack: Addresses) -> NewGateway:
    """Runs one whose settings are changed as told, and says its address."""
    return lambda **changes: running(settings_with(**changes), sessions, redis, stack.temporal)


@pytest.fixture(scope="session")
async def gateway(new_gateway: NewGateway) -> AsyncIterator[str]:
    async with new_gateway() as url:
        yield url


@pytest.fixture
async def github(
    gateway: str, http: AsyncClient, sessions: Sessions, organization: TestOrganization
) -> Entry:
    path = await open_endpoint(sessions, organization, WebhookSource.GITHUB, SECRET)
    return Entry(gateway, path, http)


@pytest.fixture(scope="session")
async def http() -> AsyncIterator[AsyncClient]:
    async with AsyncClient(timeout=30, trust_env=False) as client:
        yield client


@pytest.fixture
async def slack() -> AsyncIterator[Receiver]:
    async with receiving() as receiver:
        yield receiver


@pytest.fixture
async def unaddressed(
    http: AsyncClient, sessions: Sessions, organization: TestOrganization
) -> Entry:
    """An endpoint of a gateway that does not run yet."""
    return Entry(
        "", await open_endpoint(sessions, organization, WebhookSource.GITHUB, SECRET), http
    )


@pytest.fixture
async def shaky(
    stack: Addresses, database_url: str, redis: Redis, unaddressed: Entry
) -> AsyncIterator[Shaky]:
    there = stack.model_copy(update={"database_url": database_url})
    async with shaky_gateway(there, redis, unaddressed) as shaky:
        yield shaky


@pytest.fixture
async def hurried(
    stack: Addresses, database_url: str, redis: Redis, unaddressed: Entry
) -> AsyncIterator[Shaky]:
    """With as little patience as in production, where that is what a test is about."""
    there = stack.model_copy(update={"database_url": database_url})
    async with shaky_gateway(there, redis, unaddressed, PATIENCE) as shaky:
        yield shaky
