"""Health over HTTP, asked of real servers and of none."""

import logging
import socket

import pytest
from httpx2 import ASGITransport, AsyncClient
from redis.asyncio import Redis
from temporalio.client import Client

from cache.connection import open_redis
from db.engine import Sessions, open_sessions
from web.health import Probes, health_app, serving


async def ask(probes: Probes, path: str) -> tuple[int, dict[str, object]]:
    transport = ASGITransport(app=health_app(probes.readiness))
    async with AsyncClient(transport=transport, base_url="http://worker") as client:
        answer = await client.get(path)
    return answer.status_code, answer.json()


@pytest.fixture
def probes(temporal: Client, sessions: Sessions, redis: Redis) -> Probes:
    return Probes(temporal, sessions, redis)


async def test_a_living_process_says_so(probes: Probes) -> None:
    assert await ask(probes, "/healthz") == (200, {"status": "alive"})


async def test_ready_names_each_server(probes: Probes) -> None:
    expected = {"status": "ready", "temporal": True, "database": True, "redis": True}
    assert await ask(probes, "/readyz") == (200, expected)


async def test_without_redis_it_is_ready_and_says_what_is_away(
    temporal: Client, sessions: Sessions
) -> None:
    async with open_redis("redis://127.0.0.1:1/0") as nowhere:
        status, said = await ask(Probes(temporal, sessions, nowhere), "/readyz")
    assert (status, said["redis"]) == (200, False)


async def test_without_postgres_it_is_not_ready(temporal: Client, redis: Redis) -> None:
    async with open_sessions("postgresql://nobody:x@127.0.0.1:1/none") as nowhere:
        status, said = await ask(Probes(temporal, nowhere, redis), "/readyz")
    assert (status, said["status"], said["database"]) == (503, "not ready", False)


async def test_who_is_about_to_end_lives_and_is_not_ready(probes: Probes) -> None:
    probes.stopping.set()
    assert await ask(probes, "/readyz") == (503, {"status": "stopping"})
    assert await ask(probes, "/healthz") == (200, {"status": "alive"})


async def test_the_servers_records_go_the_way_of_all_others(probes: Probes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    async with serving(probes, port):
        loggers = [logging.getLogger(name) for name in ("uvicorn", "uvicorn.error")]
        assert all(logger.propagate and not logger.handlers for logger in loggers)


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]"])
async def test_health_is_answered_over_both_protocols(probes: Probes, host: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    async with serving(probes, port), AsyncClient() as client:
        answer = await client.get(f"http://{host}:{port}/healthz")
    assert answer.status_code == 200


async def test_a_taken_port_is_an_error_that_names_the_setting(probes: Probes) -> None:
    with (
        socket.create_server(("", 0)) as taken,
        pytest.raises(OSError, match="SLIPWAY_HEALTH_PORT"),
    ):
        async with serving(probes, taken.getsockname()[1]):
            pass
