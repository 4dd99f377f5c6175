"""A storm of webhooks while one server after the other is away, and processes are killed."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from uuid import uuid4

import pytest
from httpx2 import AsyncClient
from temporalio.client import Client

from cli.schedules import REGULARS, ensure_schedules
from db.engine import Sessions
from db.identity import Organizations
from stack.addresses import Addresses
from stack.ports import free_port
from tests.conftest import TestOrganization
from tests.faults.listening import Listener, listening
from tests.faults.patience import until
from tests.faults.senders import Senders
from tests.faults.webhook_works import SERVERS, Works, doors_to, through
from tests.faults.workers import Plant
from tests.web.gate import Entry, rows

ALL, OUTAGE, A_MOMENT = 1_000, 20, 5
Fault = Callable[[], Awaitable[None]]


@pytest.fixture
async def works(plant: Plant, addresses: Addresses) -> AsyncIterator[Works]:
    async with doors_to(addresses) as doors:
        works = Works(plant, free_port(), doors, through(doors, addresses), [])
        try:
            yield works
        finally:
            works.end()
            plant.end()


@pytest.fixture
async def swept(works: Works, temporal: Client) -> AsyncIterator[None]:
    """The schedules of an installation, the sweep among them."""
    queue = works.plant.task_queue
    await ensure_schedules(temporal, queue)
    yield
    for regular in REGULARS:
        await temporal.get_schedule_handle(f"{regular.id}-{queue}").delete()


@pytest.fixture
async def listener(temporal: Client, faults_sessions: Sessions) -> AsyncIterator[Listener]:
    slug = f"storm-{uuid4().hex[:12]}"
    async with faults_sessions.begin() as session:
        organization = TestOrganization(
            id=await Organizations(session).ensure(slug, slug), slug=slug
        )
    async with listening(temporal, faults_sessions, organization) as listener:
        yield listener


async def storm(senders: Senders, names: list[str], fault: Fault, seconds: float) -> None:
    """Something breaks as soon as the first of these is taken."""
    taken = senders.taken
    async with asyncio.TaskGroup() as group:
        group.create_task(senders.send(names, within=seconds))
        await until(lambda: senders.taken > taken, "the first one is taken")
        await fault()


async def settled(sessions: Sessions, listener: Listener, names: list[str]) -> None:
    async def all_of_them() -> bool:
        found = await rows(sessions, listener.organization)
        return len(found) >= len(names) and all(row.status != "RECEIVED" for row in found)

    await until(all_of_them, "all are settled", 900)
    found = await rows(sessions, listener.organization)
    assert sorted(row.delivery_id for row in found) == sorted(names)
    assert [row.error_message for row in found if row.status != "PROCESSED"] == []
    assert await listener.heard() == sorted(names)


@pytest.mark.soak
@pytest.mark.timeout(1_800)
async def test_what_was_accepted_is_done_once_whoever_is_away_or_killed(
    works: Works, swept: None, listener: Listener, faults_sessions: Sessions
) -> None:
    names = [f"{number}-{uuid4().hex[:6]}" for number in range(ALL)]
    faults: list[tuple[Fault, float]] = [
        *((partial(works.without, name, OUTAGE), OUTAGE) for name in SERVERS),
        (works.kill_the_worker, A_MOMENT),
        (works.kill_the_gateway, A_MOMENT),
    ]
    share = ALL // len(faults)
    await works.open()
    async with AsyncClient(timeout=30, trust_env=False) as http:
        senders = Senders(Entry(works.url, listener.path, http))
        for place, (fault, seconds) in enumerate(faults):
            mine = names[place * share : (place + 1) * share]
            await storm(senders, mine, fault, seconds)
    await settled(faults_sessions, listener, names)
