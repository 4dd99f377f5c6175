"""Whatever happens to Redis, a run and a webhook come through, and nobody is restarted."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from redis.asyncio import Redis
from temporalio.client import Client

from cache.connection import open_redis
from cache.keys import Keys
from cache.sessions import LiveSessions
from db.engine import Sessions
from ground import Stores
from stack.addresses import Addresses
from tests.cache.servers import Server
from tests.cache.silence import Way, way_to
from tests.conftest import PATIENT
from tests.github_life import pull_request
from tests.workflows.office import Office, found_office, worker_of
from tests.workflows.scripted_workshop import ScriptedWorkshop
from tests.workflows.webhook_gate import WebhookGate, gate_of

WENT_WITHOUT = "went without Redis"


@dataclass(frozen=True)
class Site:
    """A worker and a gateway, the Redis that they share, and somebody to see to that."""

    office: Office
    gate: WebhookGate
    server: Server
    way: Way
    operator: Redis

    async def is_known(self) -> bool:
        """Whether Redis has anything of the newest attempt."""
        row = await self.office.row()
        assert row is not None
        return bool(await LiveSessions(self.operator, Keys(row.organization_id)).get(row.id))


Mishap = Callable[[Site], AbstractAsyncContextManager[None]]


@asynccontextmanager
async def killed(site: Site) -> AsyncIterator[None]:
    site.server.kill()
    yield
    site.server.start()


@asynccontextmanager
async def restarted_empty(site: Site) -> AsyncIterator[None]:
    site.server.kill()
    site.server.start()
    yield


@asynccontextmanager
async def frozen(site: Site) -> AsyncIterator[None]:
    site.server.freeze()
    try:
        yield
    finally:
        site.server.thaw()


@asynccontextmanager
async def full(site: Site) -> AsyncIterator[None]:
    await site.operator.config_set("maxmemory", "1")
    yield
    await site.operator.config_set("maxmemory", "256mb")


@asynccontextmanager
async def another_password(site: Site) -> AsyncIterator[None]:
    known = str((await site.operator.config_get("requirepass"))["requirepass"])
    await site.operator.config_set("requirepass", "another")
    # Who is signed in already would stay so.
    await site.operator.client_kill_filter(_type="normal", skipme=True)
    yield
    await site.operator.config_set("requirepass", known)


@asynccontextmanager
async def half_open(site: Site) -> AsyncIterator[None]:
    site.way.go_silent()
    yield


@pytest.fixture
async def site(
    sessions: Sessions,
    temporal: Client,
    stack: Addresses,
    workshop: ScriptedWorkshop,
    tmp_path: Path,
) -> AsyncIterator[Site]:
    server = Server(tmp_path / "valkey")
    server.start()
    async with way_to(server.port) as way, open_redis(server.url, PATIENT) as operator:
        through = server.url.replace(f":{server.port}/", f":{way.port}/")
        (tmp_path / "office").mkdir()
        async with open_redis(through) as redis:
            office = await found_office(Stores(sessions, redis), temporal, tmp_path / "office")
            async with worker_of(office, workshop), gate_of(office, stack) as gate:
                yield Site(office, gate, server, way, operator)
    server.kill()


@pytest.mark.parametrize(
    "mishap", [killed, restarted_empty, frozen, full, another_password, half_open]
)
async def test_a_run_and_a_webhook_come_through_and_all_recovers(
    site: Site, mishap: Mishap, caplog: pytest.LogCaptureFixture
) -> None:
    work = await site.office.start()
    await site.office.awaited()
    async with mishap(site):
        with caplog.at_level(logging.WARNING, "cache.asking"):
            await site.gate.hear("pull_request", pull_request("opened", 1, draft=True))
            await site.office.approve()
            outcome = await work.result()
            [delivery] = await site.gate.settled(1)
    assert (outcome.status, delivery.status) == ("COMPLETED", "PROCESSED")
    # An empty Redis is one that answers.
    assert WENT_WITHOUT in caplog.text or mishap is restarted_empty
    await works_again(site)


async def works_again(site: Site) -> None:
    """The same worker and the same gateway, with nothing started anew."""
    work = await site.office.start(again=True)
    await site.office.awaited()
    await site.gate.hear("pull_request", pull_request("closed", 2, draft=True))
    await site.office.approve()
    assert (await work.result()).status == "COMPLETED"
    assert [row.status for row in await site.gate.settled(2)] == ["PROCESSED"] * 2
    # Of this attempt nothing was known before.
    assert await site.is_known()


@pytest.mark.soak
async def test_thirty_seconds_of_silence(site: Site) -> None:
    clock = asyncio.get_running_loop().time
    work = await site.office.start()
    await site.office.awaited()
    async with frozen(site):
        ends, deliveries = clock() + 30, 0
        while clock() < ends:
            deliveries += 1
            body = pull_request("synchronize", deliveries, draft=True)
            await site.gate.hear("pull_request", body)
            await site.gate.settled(deliveries)
        await site.office.approve()
        assert (await work.result()).status == "COMPLETED"
    again = await site.office.start(again=True)
    await site.office.approve()
    assert (await again.result()).status == "COMPLETED"
    assert await site.is_known()
