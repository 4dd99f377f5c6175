"""Real servers for the tests: Temporal, Postgres and Valkey from the wheels, started once."""

import asyncio
import gc
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from uuid import UUID, uuid4

import hypothesis
import pytest
from pydantic import BaseModel
from redis.asyncio import Redis
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import create_async_engine
from temporalio.client import Client

from cache.connection import open_redis
from clients.temporal.connection import connect
from db.engine import Sessions, open_sessions
from db.identity import Organizations
from db.maintenance import upgrade
from db.urls import target_of
from settings import Settings
from stack.addresses import Addresses, Given
from stack.embedded import embedded
from tests.receivers import MailReceiver, receiving_mail

pytest_plugins = ["tests.unfinished"]
NewDatabase = Callable[[], Awaitable[str]]
# What these tests are about is not how soon a busy machine answers.
PATIENT = timedelta(seconds=20)
hypothesis.settings.register_profile("patient", deadline=None)
hypothesis.settings.load_profile("patient")
# Whoever runs these tests may have one of their own.
Settings.model_config["env_file"] = None


def pytest_collection() -> None:
    """To load all tests makes millions of objects and no garbage: looking for some took a quarter
    of the time."""
    gc.disable()


def pytest_collection_finish() -> None:
    """What was loaded stays: the collector need not look at it again and again."""
    gc.enable()
    gc.collect()
    gc.freeze()


class TestOrganization(BaseModel, frozen=True):
    __test__ = False

    id: UUID
    slug: str


@pytest.fixture(scope="session")
def run_folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Shared by all test processes of one run."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if hasattr(request.config, "workerinput") else own


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
    return partial(_create, postgres_url, "template1")


@pytest.fixture(scope="session")
async def migrated_database(postgres_url: str, new_database: NewDatabase) -> NewDatabase:
    """Makes one of the newest schema: all are copies of the first, which nobody ever opens."""
    first = await new_database()
    await upgrade(first)
    return partial(_create, postgres_url, str(make_url(first).database))


async def _create(postgres_url: str, template: str) -> str:
    name = f"test_{uuid4().hex}"
    await tell_server(postgres_url, f"CREATE DATABASE {name} TEMPLATE {template}")
    return make_url(postgres_url).set(database=name).render_as_string(hide_password=False)


async def tell_server(postgres_url: str, statement: str) -> None:
    engine = create_async_engine(target_of(postgres_url).url, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(text(statement))
    await engine.dispose()


@pytest.fixture(scope="session")
async def database_url(migrated_database: NewDatabase) -> str:
    return await migrated_database()


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
    async with open_redis(redis_url, PATIENT) as redis:
        yield redis


@pytest.fixture
async def mail() -> AsyncIterator[MailReceiver]:
    async with receiving_mail() as receiver:
        yield receiver


@pytest.fixture(scope="session")
async def temporal(stack: Addresses) -> Client:
    async with asyncio.timeout(30):
        return await connect(stack.temporal)
