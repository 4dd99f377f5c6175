"""The gateway as a process: it starts without Temporal, and ends in good order."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from httpx2 import AsyncClient

from contracts.webhooks import WebhookSource
from db.engine import Sessions
from stack.addresses import Addresses
from stack.ports import free_port
from tests.conftest import TestOrganization
from tests.web.gate import KEY, SECRET, Entry, github_headers, open_endpoint, rows

ROOT = Path(__file__).parents[2]
NOWHERE = "127.0.0.1:1"


@pytest.fixture
def environment(stack: Addresses, database_url: str, tmp_path: Path) -> Mapping[str, str]:
    return {
        "PATH": os.defpath,
        "TEMPORAL_ADDRESS": NOWHERE,
        "DATABASE_URL": database_url,
        "REDIS_URL": stack.redis_url,
        "SLIPWAY_STATE_DIR": str(tmp_path),
        "SLIPWAY_ENCRYPTION_KEYS": KEY,
        "GRACEFUL_SHUTDOWN_TIMEOUT": "PT4S",
        "PORT": str(free_port()),
    }


@asynccontextmanager
async def process(environment: Mapping[str, str], ready: bool = True) -> AsyncIterator[Process]:
    started = await asyncio.create_subprocess_exec(
        sys.executable, str(ROOT / "gateway.py"), env=environment, stdout=PIPE, stderr=PIPE
    )
    try:
        if ready:
            assert started.stdout is not None
            async with asyncio.timeout(60):
                assert b"ready" in await started.stdout.readline()
        yield started
    finally:
        if started.returncode is None:
            started.kill()
        await started.communicate()


@pytest.fixture
async def path(sessions: Sessions, organization: TestOrganization) -> str:
    return await open_endpoint(sessions, organization, WebhookSource.GITHUB, SECRET)


async def test_it_takes_webhooks_in_while_temporal_is_away(
    environment: Mapping[str, str],
    path: str,
    http: AsyncClient,
    sessions: Sessions,
    organization: TestOrganization,
) -> None:
    url = f"http://127.0.0.1:{environment['PORT']}"
    async with process(environment):
        answers = [await Entry(url, path, http).deliver({"n": n}) for n in range(10)]
        alive, ready = await http.get(f"{url}/healthz"), await http.get(f"{url}/readyz")
        metrics = (await http.get(f"{url}/metrics")).text
    assert {answer.status_code for answer in answers} == {202}
    assert (alive.status_code, ready.status_code) == (200, 503)
    assert (ready.json()["temporal"], ready.json()["database"]) == (False, True)
    assert 'slipway_webhook_requests_total{source="github",status="202"} 10' in metrics
    assert 'slipway_webhook_answer_seconds_bucket{le="+Inf"} 10' in metrics
    assert len(await rows(sessions, organization)) == 10


async def test_a_request_that_is_under_way_is_finished_after_the_signal(
    environment: Mapping[str, str],
    path: str,
    sessions: Sessions,
    organization: TestOrganization,
) -> None:
    body = b'{"last": true}'
    headers = {**github_headers(body, "one"), "content-length": str(len(body)), "host": "x"}
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    async with process(environment) as gateway:
        reader, writer = await asyncio.open_connection("127.0.0.1", int(environment["PORT"]))
        writer.write(f"POST /webhooks/{path} HTTP/1.1\r\n{head}\r\n".encode() + body[:5])
        await writer.drain()
        gateway.send_signal(signal.SIGTERM)
        assert gateway.stdout is not None
        assert b"finishing" in await gateway.stdout.readline()
        writer.write(body[5:])
        answer = await reader.readuntil(b"\r\n")
        assert await asyncio.wait_for(gateway.wait(), 45) == 0
        writer.close()
    assert b"202" in answer
    assert [row.delivery_id for row in await rows(sessions, organization)] == ["one"]


async def test_a_taken_port_is_an_outage_and_no_traceback(environment: Mapping[str, str]) -> None:
    async def nobody(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    server = await asyncio.start_server(nobody, "", int(environment["PORT"]))
    async with server, process(environment, ready=False) as gateway:
        _, said = await gateway.communicate()
    assert (gateway.returncode, b"Traceback" in said) == (4, False)
