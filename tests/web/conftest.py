"""One gateway for all tests that only send to it."""

from collections.abc import AsyncIterator

import pytest
from httpx2 import AsyncClient
from redis.asyncio import Redis

from contracts.webhooks import WebhookSource
from db.engine import Sessions
from stack.addresses import Addresses
from tests.conftest import TestOrganization
from tests.web.gate import SECRET, Entry, endpoint, running, settings_with


@pytest.fixture(scope="session")
async def gateway(sessions: Sessions, redis: Redis, stack: Addresses) -> AsyncIterator[str]:
    async with running(settings_with(), sessions, redis, stack.temporal) as url:
        yield url


@pytest.fixture
async def github(gateway: str, sessions: Sessions, organization: TestOrganization) -> Entry:
    return Entry(gateway, await endpoint(sessions, organization, WebhookSource.GITHUB, SECRET))


@pytest.fixture(scope="session")
async def http() -> AsyncIterator[AsyncClient]:
    async with AsyncClient(timeout=30) as client:
        yield client
