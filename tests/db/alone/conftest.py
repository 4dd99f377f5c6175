"""A database of its own for each of these files: what is verified there is all that there is."""

from collections.abc import AsyncIterator

import pytest

from db.engine import Sessions, open_sessions
from tests.conftest import NewDatabase


@pytest.fixture(scope="module")
async def database_url(migrated_database: NewDatabase) -> str:
    return await migrated_database()


@pytest.fixture(scope="module")
async def sessions(database_url: str) -> AsyncIterator[Sessions]:
    async with open_sessions(database_url) as sessions:
        yield sessions
