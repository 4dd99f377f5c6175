"""Workers to kill, and sites for them to work on."""

import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from temporalio.client import Client

from clients.temporal.orchestrations import OrchestrationWorkflows
from db.engine import Sessions, open_sessions
from db.identity import Organizations
from stack.addresses import Addresses
from tests.clients.git_upstream import Upstream
from tests.faults.proxies import Proxy, proxy_to_postgres
from tests.faults.sites import AGENT, Desk, Site, phase_of, write_playbook
from tests.faults.workers import Plant, plant_in

NewDatabase = Callable[[], Awaitable[str]]
NewSite = Callable[..., Awaitable[Site]]
SHORT = ("CODE", "TEST")


@pytest.fixture(scope="session")
async def faults_url(migrated_database: NewDatabase) -> str:
    return await migrated_database()


@pytest.fixture(scope="session")
async def faults_sessions(faults_url: str) -> AsyncIterator[Sessions]:
    async with open_sessions(faults_url) as sessions:
        yield sessions


@pytest.fixture(scope="session")
def addresses(stack: Addresses, faults_url: str) -> Addresses:
    return stack.model_copy(update={"database_url": faults_url})


@pytest.fixture
async def proxy(addresses: Addresses) -> AsyncIterator[Proxy]:
    async with proxy_to_postgres(addresses.database_url) as proxy:
        yield proxy


@pytest.fixture
def plant(tmp_path: Path, addresses: Addresses) -> Iterator[Plant]:
    """Without a worker yet; whatever the test starts is killed at its end."""
    (tmp_path / "plant").mkdir()
    with plant_in(tmp_path / "plant", addresses) as plant:
        yield plant


@pytest.fixture(scope="session")
async def shared_plant(
    tmp_path_factory: pytest.TempPathFactory, addresses: Addresses
) -> AsyncIterator[Plant]:
    """With one worker, for tests that leave it alone."""
    with plant_in(tmp_path_factory.mktemp("plant"), addresses) as plant:
        await plant.start()
        yield plant


@pytest.fixture
def new_site(tmp_path: Path, faults_sessions: Sessions, temporal: Client) -> NewSite:
    async def make(
        plant: Plant, *phases: str, playbook: list[dict[str, Any]] | None = None
    ) -> Site:
        slug = f"faults-{uuid4().hex[:12]}"
        folder = tmp_path / slug
        desk = Desk(folder / "desk")
        desk.path.mkdir(parents=True)
        specs = playbook or [phase_of(phase, desk) for phase in phases or SHORT]
        write_playbook(plant.folder / "playbooks", slug, specs)
        site = Site(
            slug=slug,
            playbook=slug,
            upstream=new_upstream(folder / "upstream", desk),
            desk=desk,
            sessions=faults_sessions,
            orchestrations=OrchestrationWorkflows(temporal, slug, plant.task_queue),
        )
        async with faults_sessions.begin() as session:
            organization_id = await Organizations(session).ensure(slug, slug)
        await site.prepare(organization_id)
        return site

    return make


def new_upstream(path: Path, desk: Desk) -> Upstream:
    """Its tests are the obedient agent too."""
    upstream = Upstream.init(path)
    command = [sys.executable, "-I", "-S", str(AGENT), str(desk.path), "TEST"]
    (path / ".slipway.yaml").write_text(f"test: {command}\n")
    upstream.commit(README="Here is nothing yet.\n")
    return upstream
