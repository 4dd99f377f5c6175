"""Workers killed in mid-phase: the next one carries on, and nothing happens twice."""

import random
import signal

import pytest

from tests.faults.conftest import NewSite
from tests.faults.sites import Site, family_of
from tests.faults.workers import Plant

ALL = ("EXPLORE", "PLAN", "CODE", "TEST", "FIX", "DOCUMENT")


async def kill_in(plant: Plant, site: Site, phase: str, number: signal.Signals) -> None:
    """Kills the worker while the phase's agent is held, and starts another."""
    times = len(site.desk.pids(phase))
    await site.desk.begun(phase, times + 1 if not times else times)
    plant.workers[-1].kill(number)
    before = len(site.desk.pids(phase))
    await plant.start()
    await site.desk.begun(phase, before + 1)


async def test_a_worker_killed_in_code_and_in_test_loses_nothing_and_doubles_nothing(
    plant: Plant, new_site: NewSite
) -> None:
    await plant.start()
    site = await new_site(plant)
    site.desk.hold("CODE")
    site.desk.hold("TEST")
    work = await site.start()

    await site.desk.begun("CODE")
    plant.workers[-1].kill()
    for text in ("mind the gap", "and the platform", "mind the gap"):
        await site.guide(text)
    await plant.start()
    await site.desk.begun("CODE", times=2)
    site.desk.release("CODE")
    await kill_in(plant, site, "TEST", signal.SIGKILL)
    site.desk.release("TEST")

    outcome = await work.result()
    await site.check_ledger()
    assert (outcome.status, site.committed()) == ("COMPLETED", {"CODE": 1})
    assert await site.reports() == {"CODE/1/coder": 2, "TEST/1/tests": 2}
    assert family_of(plant.state) == []
