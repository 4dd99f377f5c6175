"""A browser for all tests of people who decide from afar."""

from collections.abc import AsyncIterator

import pytest
from httpx2 import AsyncClient


@pytest.fixture(scope="session")
async def http() -> AsyncIterator[AsyncClient]:
    async with AsyncClient(timeout=30, trust_env=False) as client:
        yield client
