"""Workers that die around the push of a commit: the stored report answers for the agent."""

from pathlib import Path

import pytest

from tests.faults.conftest import NewSite
from tests.faults.workers import FAILING, KILLED, Plant


async def die_and_go_on(plant: Plant, new_site: NewSite, moment: str, marker: Path) -> None:
    marker.touch()
    failing = await plant.start(FAILING, FAILPOINT=moment, FAILPOINT_MARKER=str(marker))
    site = await new_site(plant, "CODE")
    work = await site.start()
    assert await failing.ended() == KILLED
    await plant.start()

    await work.result()
    await site.check_ledger()
    assert site.committed() == {"CODE": 1}
    assert len(site.desk.pids("CODE")) == 1
    assert await site.reports() == {"CODE/1/coder": 1}
    assert "RecoverySucceeded" in await site.event_types()


@pytest.mark.parametrize(
    "moment", [pytest.param("before-push", marks=pytest.mark.soak), "after-push"]
)
async def test_a_stored_report_answers_for_a_worker_that_died_around_the_push(
    plant: Plant, new_site: NewSite, tmp_path: Path, moment: str
) -> None:
    await die_and_go_on(plant, new_site, moment, tmp_path / "marker")


async def test_an_agent_works_again_when_its_commit_went_down_with_its_machine(
    plant: Plant, new_site: NewSite, tmp_path: Path
) -> None:
    marker = tmp_path / "marker"
    marker.touch()
    failing = await plant.start(FAILING, FAILPOINT="before-push", FAILPOINT_MARKER=str(marker))
    site = await new_site(plant, "CODE")
    work = await site.start()
    await failing.ended()
    await plant.start(SLIPWAY_STATE_DIR=str(tmp_path / "another-machine"))

    await work.result()
    await site.check_ledger()
    assert site.committed() == {"CODE": 1}
    assert len(site.desk.pids("CODE")) == 2
    assert await site.reports() == {"CODE/1/coder": 2}
