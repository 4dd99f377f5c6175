"""Postgres away at the moment an agent ends: its report waits on the host's disk."""

import asyncio
import shutil
from pathlib import Path

import pytest

from clients.report_spool import DRAFT
from tests.faults.conftest import NewSite
from tests.faults.patience import until
from tests.faults.proxies import Proxy, through
from tests.faults.sites import Handle, Site
from tests.faults.workers import Plant

AWAY = 5.5


def spooled(state: Path) -> list[Path]:
    return [path for path in state.glob("reports/*") if not path.name.startswith(DRAFT)]


async def end_without_postgres(site: Site, proxy: Proxy, state: Path) -> Handle:
    """The agent of CODE ends, and its worker cannot store what it said."""
    site.desk.hold("CODE")
    work = await site.start()
    await site.desk.begun("CODE")
    proxy.shut()
    site.desk.release("CODE")
    await until(lambda: proxy.refused and spooled(state), "a report that Postgres did not take")
    assert await site.reports() == {}
    return work


async def check(site: Site, work: Handle, runs: int) -> None:
    await work.result()
    await site.check_ledger()
    assert len(site.desk.pids("CODE")) == runs
    assert site.committed() == {"CODE": 1}
    assert list(await site.reports()) == ["CODE/1/coder"]


async def test_an_agent_that_ended_without_postgres_worked_once(
    plant: Plant, new_site: NewSite, proxy: Proxy
) -> None:
    await plant.start(DATABASE_URL=through(proxy, plant.addresses.database_url))
    site = await new_site(plant, "CODE")
    clock = asyncio.get_running_loop().time
    work, since = await end_without_postgres(site, proxy, plant.state), clock()
    await until(lambda: clock() - since >= AWAY, f"Postgres was missed for {AWAY} s")
    proxy.open()
    await check(site, work, runs=1)
    assert (await site.event_types()).count("RecoverySucceeded") == 1
    assert spooled(plant.state) == []


async def test_a_report_outlives_a_worker_that_is_killed_while_postgres_is_away(
    plant: Plant, new_site: NewSite, proxy: Proxy
) -> None:
    worker = await plant.start(DATABASE_URL=through(proxy, plant.addresses.database_url))
    site = await new_site(plant, "CODE")
    work = await end_without_postgres(site, proxy, plant.state)
    worker.kill()
    await plant.start()
    await check(site, work, runs=1)
    assert spooled(plant.state) == []


@pytest.mark.soak
async def test_a_report_whose_commit_is_lost_does_not_answer(
    plant: Plant, new_site: NewSite, proxy: Proxy, tmp_path: Path
) -> None:
    worker = await plant.start(DATABASE_URL=through(proxy, plant.addresses.database_url))
    site = await new_site(plant, "CODE")
    work = await end_without_postgres(site, proxy, plant.state)
    worker.kill()
    state = tmp_path / "state-without-mirrors"
    shutil.copytree(plant.state / "reports", state / "reports")
    await plant.start(SLIPWAY_STATE_DIR=str(state))
    await check(site, work, runs=2)
    assert spooled(state) == []
