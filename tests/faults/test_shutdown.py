"""SIGTERM, as a deployment sends it, while an agent works."""

import signal
from time import monotonic

from tests.faults.conftest import NewSite
from tests.faults.sites import family_of
from tests.faults.workers import Plant

AGENTS_GRACE = 5


async def test_a_worker_that_is_told_to_stop_lets_its_agent_finish(
    plant: Plant, new_site: NewSite
) -> None:
    worker = await plant.start()
    site = await new_site(plant)
    site.desk.hold("CODE")
    work = await site.start()
    await site.desk.begun("CODE")
    worker.tell(signal.SIGTERM)
    await worker.says("finishing what it has begun")
    site.desk.release("CODE")

    assert await worker.ended() == 0
    assert await site.reports() == {"CODE/1/coder": 1}
    await plant.start()
    await work.result()
    await site.check_ledger()
    assert site.committed() == {"CODE": 1}


async def test_a_worker_hands_over_what_takes_longer_than_its_graceful_time(
    plant: Plant, new_site: NewSite
) -> None:
    worker = await plant.start(GRACEFUL_SHUTDOWN_TIMEOUT="PT1S")
    site = await new_site(plant)
    site.desk.say("stubborn")
    site.desk.hold("CODE")
    work = await site.start()
    await site.desk.begun("CODE")
    worker.tell(signal.SIGTERM)
    told = monotonic()

    assert await worker.ended() == 0
    assert monotonic() - told < 1 + AGENTS_GRACE + 5
    assert family_of(plant.state) == []
    (site.desk.path / "stubborn").unlink()
    site.desk.release("CODE")
    await plant.start()
    await work.result()
    await site.check_ledger()
    assert site.committed() == {"CODE": 1}
    assert await site.reports() == {"CODE/1/coder": 2, "TEST/1/tests": 1}
