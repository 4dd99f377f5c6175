"""Workers killed in mid-phase: the next one carries on, and nothing happens twice."""

import random
import signal
from pathlib import Path

import pytest

from tests.faults.conftest import NewSite
from tests.faults.sites import Site, family_of
from tests.faults.workers import Plant

ALL = ("EXPLORE", "PLAN", "CODE", "TEST", "FIX", "DOCUMENT")
DEADLY = (signal.SIGKILL, signal.SIGABRT, signal.SIGSEGV, signal.SIGQUIT)


async def kill_in(
    plant: Plant, site: Site, phase: str, number: signal.Signals = signal.SIGKILL
) -> None:
    """Kills the worker whose agent is held, and waits until another worker's agent is."""
    times = len(site.desk.pids(phase))
    plant.workers[-1].kill(number)
    await plant.start()
    await site.desk.begun(phase, times + 1)


async def test_a_worker_killed_in_code_and_in_test_loses_nothing_and_doubles_nothing(
    plant: Plant, new_site: NewSite
) -> None:
    await plant.start()
    site = await new_site(plant)
    site.desk.hold("CODE")
    site.desk.hold("TEST")
    work = await site.start()

    await site.desk.begun("CODE")
    await kill_in(plant, site, "CODE")
    site.desk.release("CODE")
    await site.desk.begun("TEST")
    await kill_in(plant, site, "TEST")
    site.desk.release("TEST")

    outcome = await work.result()
    await site.check_ledger()
    assert (outcome.status, site.committed()) == ("COMPLETED", {"CODE": 1})
    assert await site.reports() == {"CODE/1/coder": 2, "TEST/1/tests": 2}
    assert family_of(plant.state) == []


async def test_guidance_given_while_no_worker_lives_reaches_the_next_agent_in_order(
    plant: Plant, new_site: NewSite
) -> None:
    said = ["mind the gap", "and the platform", "mind the gap"]
    await plant.start()
    site = await new_site(plant, "CODE", "TEST", "DOCUMENT")
    site.desk.hold("CODE")
    work = await site.start()
    await site.desk.begun("CODE")
    plant.workers[-1].kill()
    for text in said:
        await site.guide(text)
    await plant.start()
    await site.desk.begun("CODE", times=2)
    site.desk.release("CODE")

    await work.result()
    await site.check_ledger()
    assert (await site.event_types()).count("GuidanceGiven") == len(said)
    assert site.desk.heard("CODE") == [[], []]
    assert site.desk.heard("DOCUMENT") == [said]


async def test_another_machine_goes_on_with_the_next_phase(
    plant: Plant, new_site: NewSite, tmp_path: Path
) -> None:
    await plant.start()
    site = await new_site(plant)
    site.desk.say("needs-code")
    site.desk.hold("TEST")
    work = await site.start()
    await site.desk.begun("TEST")
    plant.workers[-1].kill()
    site.desk.release("TEST")
    await plant.start(SLIPWAY_STATE_DIR=str(tmp_path / "another-machine"))

    assert (await work.result()).status == "COMPLETED"
    await site.check_ledger()
    assert site.committed() == {"CODE": 1}
    assert len(site.desk.pids("CODE")) == 1


@pytest.mark.soak
@pytest.mark.timeout(900)
@pytest.mark.parametrize("seed", range(3))
async def test_workers_killed_again_and_again_in_every_phase_lose_nothing(
    plant: Plant, new_site: NewSite, seed: int
) -> None:
    chance = random.Random(seed)
    await plant.start()
    site = await new_site(plant, *ALL)
    site.desk.say("red")
    for phase in ALL:
        site.desk.hold(phase)
    work = await site.start()
    given: list[str] = []
    for phase in ALL:
        await site.desk.begun(phase)
        for _ in range(chance.randint(1, 3)):
            given.append(f"{phase} {len(given)}")
            await site.guide(given[-1])
            await kill_in(plant, site, phase, chance.choice(DEADLY))
        site.desk.release(phase)

    await work.result()
    await site.check_ledger()
    assert site.committed() == {"CODE": 1, "FIX": 1, "DOCUMENT": 1}
    before_last = [text for text in given if not text.startswith("DOCUMENT")]
    heard = [site.desk.heard(phase)[-1] for phase in ALL if phase != "TEST"]
    assert [text for texts in heard for text in texts] == before_last
    assert family_of(plant.state) == []
