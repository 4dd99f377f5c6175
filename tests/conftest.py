"""Real servers for the tests: Temporal, Postgres and Valkey from the wheels, started once."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from uuid import UUID, uuid4

import pytest
from pydantic import BaseModel
from redis.asyncio import Redis
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import create_async_engine
from temporalio.client import Client

from cache.connection import open_redis
from clients.temporal import connect
from db.engine import Sessions, open_sessions
from db.identity import Organizations
from db.maintenance import upgrade
from db.urls import target_of
from stack.addresses import Addresses, Given
from stack.embedded import embedded

NewDatabase = Callable[[], Awaitable[str]]


class TestOrganization(BaseModel, frozen=True):
    __test__ = False

    id: UUID
    slug: str


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Addresses]:
    given = Given(database_url=os.environ.get("TEST_DATABASE_URL"))
    with embedded(tmp_path_factory.mktemp("stack"), given) as addresses:
        yield addresses


@pytest.fixture(scope="session")
def postgres_url(stack: Addresses) -> str:
    return stack.database_url


@pytest.fixture(scope="session")
def redis_url(stack: Addresses) -> str:
    return stack.redis_url


@pytest.fixture(scope="session")
def new_database(postgres_url: str) -> NewDatabase:
    """Makes an empty database and says its address."""

    async def make() -> str:
        name = f"test_{uuid4().hex}"
        engine = create_async_engine(target_of(postgres_url).url, isolation_level="AUTOCOMMIT")
        async with engine.connect() as connection:
            await connection.execute(text(f"CREATE DATABASE {name}"))
        await engine.dispose()
        return make_url(postgres_url).set(database=name).render_as_string(hide_password=False)

    return make


@pytest.fixture(scope="session")
async def database_url(new_database: NewDatabase) -> str:
    url = await new_database()
    await upgrade(url)
    return url


@pytest.fixture(scope="session")
async def sessions(database_url: str) -> AsyncIterator[Sessions]:
    async with open_sessions(database_url) as sessions:
        yield sessions


@pytest.fixture
async def organization(sessions: Sessions) -> TestOrganization:
    """A new one for each test: nothing is ever cleared."""
    slug = f"org-{uuid4().hex[:12]}"
    async with sessions.begin() as session:
        return TestOrganization(id=await Organizations(session).ensure(slug, slug), slug=slug)


@pytest.fixture(scope="session")
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    async with open_redis(redis_url) as redis:
        yield redis


@pytest.fixture(scope="session")
async def temporal(stack: Addresses) -> Client:
    async with asyncio.timeout(30):
        return await connect(stack.temporal)
