"""SIGTERM, as a deployment sends it, while an agent works."""

import asyncio
import signal
from pathlib import Path
from time import monotonic

from stack.ports import free_port
from tests.faults.conftest import NewSite
from tests.faults.patience import until
from tests.faults.sites import family_of
from tests.faults.workers import Plant

# What a machine that is busy has on top of it: the agent would stay for ever.
AGENTS_GRACE, SLACK = 5, 30
STUBBORN = Path(__file__).with_name("stubborn_worker.py")


async def test_a_worker_that_is_told_to_stop_even_twice_lets_its_agent_finish(
    plant: Plant, new_site: NewSite
) -> None:
    worker = await plant.start()
    site = await new_site(plant)
    site.desk.hold("CODE")
    work = await site.start()
    await site.desk.begun("CODE")
    worker.tell(signal.SIGTERM)
    await worker.says("finishing what it has begun")
    worker.tell(signal.SIGTERM)
    site.desk.release("CODE")

    assert await worker.ended() == 0
    assert await site.reports() == {"CODE/1/coder": 1}
    await plant.start()
    await work.result()
    await site.check_ledger()
    assert site.committed() == {"CODE": 1}


async def test_a_worker_that_is_told_to_stop_while_it_waits_for_temporal_ends_at_once(
    plant: Plant,
) -> None:
    starting = asyncio.create_task(plant.start(TEMPORAL_ADDRESS=f"127.0.0.1:{free_port()}"))
    await until(
        lambda: plant.workers and "Temporal is not there yet" in plant.workers[0].said, "it waits"
    )
    starting.cancel()
    plant.workers[0].tell(signal.SIGTERM)
    assert await plant.workers[0].ended() == 0


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
    assert monotonic() - told < 1 + AGENTS_GRACE + SLACK
    assert family_of(plant.state) == []
    (site.desk.path / "stubborn").unlink()
    site.desk.release("CODE")
    await plant.start()
    await work.result()
    await site.check_ledger()
    assert site.committed() == {"CODE": 1}
    assert await site.reports() == {"CODE/1/coder": 2, "TEST/1/tests": 1}


async def test_a_worker_leaves_behind_what_does_not_end(plant: Plant) -> None:
    worker = await plant.start(STUBBORN)
    await worker.says("it has begun")
    worker.tell(signal.SIGTERM)
    assert await worker.ended() == 1
    assert "not all has ended in 0:00:01; leaves it to another worker" in worker.said
