"""One gateway for all tests that only send to it."""

from collections.abc import AsyncIterator

import pytest
from httpx2 import AsyncClient
from redis.asyncio import Redis

from contracts.webhooks import WebhookSource
from db.engine import Sessions
from stack.addresses import Addresses
from tests.conftest import TestOrganization
from tests.web.gate import SECRET, Entry, open_endpoint, running, settings_with


@pytest.fixture(scope="session")
async def gateway(sessions: Sessions, redis: Redis, stack: Addresses) -> AsyncIterator[str]:
    async with running(settings_with(), sessions, redis, stack.temporal) as url:
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
