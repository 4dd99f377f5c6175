"""Postgres away in mid-run, Redis away all the time."""

import asyncio

import pytest

from stack.ports import free_port
from tests.faults.conftest import NewSite
from tests.faults.patience import until
from tests.faults.proxies import Proxy, through
from tests.faults.sites import Site
from tests.faults.workers import Plant


async def be_away(proxy: Proxy, site: Site, seconds: float) -> None:
    """From the moment an agent works until it has been done for a while."""
    clock = asyncio.get_running_loop().time
    proxy.shut()
    since = clock()
    site.desk.release("CODE")
    away = lambda: proxy.refused >= 2 and clock() - since >= seconds  # noqa: E731
    await until(away, f"Postgres was missed for {seconds} s", seconds + 30)
    proxy.open()


async def outlive(plant: Plant, new_site: NewSite, proxy: Proxy, seconds: float) -> None:
    await plant.start(DATABASE_URL=through(proxy, plant.addresses.database_url))
    site = await new_site(plant)
    site.desk.hold("CODE")
    work = await site.start()
    await site.desk.begun("CODE")
    await site.guide("before the outage")
    await be_away(proxy, site, seconds)

    assert (await work.result()).status == "COMPLETED"
    await site.check_ledger()
    assert site.committed() == {"CODE": 1}
    assert (await site.event_types()).count("GuidanceGiven") == 1


async def test_three_seconds_without_postgres_lose_nothing(
    plant: Plant, new_site: NewSite, proxy: Proxy
) -> None:
    await outlive(plant, new_site, proxy, 3)


@pytest.mark.soak
@pytest.mark.timeout(600)
@pytest.mark.parametrize("seconds", [20, 60])
async def test_a_long_time_without_postgres_loses_nothing(
    plant: Plant, new_site: NewSite, proxy: Proxy, seconds: float
) -> None:
    await outlive(plant, new_site, proxy, seconds)


async def test_work_is_done_without_redis(plant: Plant, new_site: NewSite) -> None:
    await plant.start(REDIS_URL=f"redis://127.0.0.1:{free_port()}/0")
    site = await new_site(plant)
    work = await site.start()
    assert (await work.result()).status == "COMPLETED"
    await site.check_ledger()
    assert site.committed() == {"CODE": 1}
