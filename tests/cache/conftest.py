"""Redis for these tests: a server of their own, and one for each test that breaks it."""

from collections.abc import AsyncIterator, Callable, Iterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from redis.asyncio import Redis

from cache.connection import open_listening, open_redis
from cache.keys import Keys
from tests.cache.servers import Server

# A machine that is busy must not look like a Redis that is away.
LONG = timedelta(seconds=20)
NewServer = Callable[..., Server]


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    server = Server(tmp_path_factory.mktemp("valkey"))
    server.start()
    yield server.url
    server.kill()


@pytest.fixture(scope="session")
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    async with open_redis(redis_url, LONG) as redis:
        yield redis


@pytest.fixture(scope="session")
async def listening(redis_url: str) -> AsyncIterator[Redis]:
    async with open_listening(redis_url, LONG) as redis:
        yield redis


@pytest.fixture
async def nowhere() -> AsyncIterator[Redis]:
    async with open_redis("redis://127.0.0.1:1/0") as redis:
        yield redis


@pytest.fixture
def keys() -> Keys:
    """Of a new organization: nothing is ever cleared."""
    return Keys(uuid4())


@pytest.fixture
def new_server(tmp_path: Path) -> Iterator[NewServer]:
    servers: list[Server] = []

    def start(*options: str) -> Server:
        server = Server(tmp_path / f"valkey-{len(servers)}", *options)
        servers.append(server)
        server.start()
        return server

    yield start
    for server in servers:
        server.kill()
