"""SIGTERM again and again while tickets are worked: each worker ends well, and no work is lost."""

import signal
import socket
from collections.abc import Awaitable, Callable
from itertools import cycle, islice
from pathlib import Path
from time import monotonic

import pytest
from httpx2 import AsyncClient, HTTPError

from tests.faults.conftest import NewSite
from tests.faults.sites import Handle, Site
from tests.faults.workers import Plant, WorkerProcess

GRACEFUL = 2
# What stubborn agents have on top of it, and this machine when it is busy.
STUBBORN, SLACK = 5, 30
Moment = Callable[[WorkerProcess, Site], Awaitable[Handle]]


async def at_its_start(worker: WorkerProcess, site: Site) -> Handle:
    work = await site.start()
    worker.tell(signal.SIGTERM)
    return work


async def while_an_agent_is_about_to_finish(worker: WorkerProcess, site: Site) -> Handle:
    site.desk.hold("CODE")
    work = await site.start()
    await site.desk.begun("CODE")
    worker.tell(signal.SIGTERM)
    await worker.says("finishing what it has begun")
    site.desk.release("CODE")
    return work


async def while_an_agent_works_for_long(worker: WorkerProcess, site: Site) -> Handle:
    site.desk.hold("CODE")
    work = await site.start()
    await site.desk.begun("CODE")
    worker.tell(signal.SIGTERM)
    return work


async def while_an_agent_does_not_listen(worker: WorkerProcess, site: Site) -> Handle:
    site.desk.say("stubborn")
    return await while_an_agent_works_for_long(worker, site)


async def between_two_phases(worker: WorkerProcess, site: Site) -> Handle:
    site.desk.hold("CODE")
    work = await site.start()
    await site.desk.begun("CODE")
    site.desk.release("CODE")
    worker.tell(signal.SIGTERM)
    return work


async def while_tests_run(worker: WorkerProcess, site: Site) -> Handle:
    site.desk.hold("TEST")
    work = await site.start()
    await site.desk.begun("TEST")
    worker.tell(signal.SIGTERM)
    return work


SHORT = (while_an_agent_works_for_long, while_an_agent_is_about_to_finish, at_its_start)
LONG = (*SHORT, while_an_agent_does_not_listen, between_two_phases, while_tests_run)


@pytest.mark.parametrize(
    ("moments", "times"),
    [
        pytest.param(SHORT, 3, id="three"),
        pytest.param(LONG, 20, id="twenty", marks=[pytest.mark.soak, pytest.mark.timeout(900)]),
    ],
)
async def test_each_worker_ends_well_and_the_next_one_goes_on(
    plant: Plant, new_site: NewSite, moments: tuple[Moment, ...], times: int
) -> None:
    sites: list[tuple[Site, Handle]] = []
    for moment in islice(cycle(moments), times):
        worker = await plant.start(GRACEFUL_SHUTDOWN_TIMEOUT=f"PT{GRACEFUL}S")
        site = await new_site(plant)
        work = await moment(worker, site)
        await ends_well(worker, plant)
        let_go(site)
        sites.append((site, work))

    await plant.start()
    for site, work in sites:
        assert (await work.result()).status == "COMPLETED"
        await site.check_ledger()
        assert site.committed() == {"CODE": 1}
        assert set(await site.reports()) == {"CODE/1/coder", "TEST/1/tests"}


async def test_who_is_told_to_stop_is_not_ready_and_takes_no_new_work(
    plant: Plant, new_site: NewSite
) -> None:
    port = free_port()
    worker = await plant.start(SLIPWAY_HEALTH_PORT=str(port))
    old, new = await new_site(plant), await new_site(plant)
    old.desk.hold("CODE")
    await old.start()
    await old.desk.begun("CODE")
    assert await readiness(port) == (200, "ready")
    worker.tell(signal.SIGTERM)
    await worker.says("finishing what it has begun")
    assert await readiness(port) == (503, "stopping")
    work = await new.start()
    old.desk.release("CODE")

    assert await worker.ended() == 0
    assert await readiness(port) is None
    assert await new.row() is None
    await plant.start()
    assert (await work.result()).status == "COMPLETED"


async def ends_well(worker: WorkerProcess, plant: Plant) -> None:
    told = monotonic()
    assert await worker.ended() == 0, worker.said[-3000:]
    assert monotonic() - told < GRACEFUL + STUBBORN + SLACK
    assert processes_of(plant.folder) == []


def let_go(site: Site) -> None:
    for word in ("stubborn", "hold-CODE", "hold-TEST"):
        (site.desk.path / word).unlink(missing_ok=True)


def processes_of(folder: Path) -> list[str]:
    """Whatever was started with a path in the folder: workers, agents and their children, git."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            told = [(process / name).read_bytes() for name in ("cmdline", "environ")]
        except OSError:  # Another user's, or gone by now.
            continue
        if any(str(folder).encode() in text for text in told):
            found.append(told[0].replace(b"\0", b" ").decode(errors="replace"))
    return found


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


async def readiness(port: int) -> tuple[int, str] | None:
    """None when nobody answers."""
    try:
        async with AsyncClient(timeout=30) as client:
            answer = await client.get(f"http://127.0.0.1:{port}/readyz")
    except HTTPError:
        return None
    return answer.status_code, answer.json()["status"]
