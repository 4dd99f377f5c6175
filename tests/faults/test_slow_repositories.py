"""A repository whose host takes longer to answer than a dead worker takes to be noticed."""

import shutil
from pathlib import Path

from tests.faults.conftest import NewSite
from tests.faults.sites import Site
from tests.faults.workers import Plant

HEARTBEAT_TIMEOUT = 5
SLOW = """#!/bin/sh
case "$*" in
  *ls-remote*) [ -e {done} ] || {{ echo once >> {asked}; sleep {seconds}; : > {done}; }} ;;
esac
exec {git} "$@"
"""


async def ready_and_slow(plant: Plant, new_site: NewSite, folder: Path) -> Site:
    """A worker whose git takes its time over the first answer."""
    git, slow = shutil.which("git"), folder / "slow"
    slow.mkdir()
    (slow / "git").write_text(
        SLOW.format(
            done=slow / "done", asked=slow / "asked", seconds=HEARTBEAT_TIMEOUT + 2, git=git
        )
    )
    (slow / "git").chmod(0o755)
    environment = plant.environment()
    await plant.start(PATH=f"{slow}:{environment['PATH']}")
    return await new_site(plant, "CODE")


async def test_a_slow_answer_is_waited_for_and_not_asked_for_again(
    plant: Plant, new_site: NewSite, tmp_path: Path
) -> None:
    site = await ready_and_slow(plant, new_site, tmp_path)
    work = await site.start()
    assert (await work.result()).status == "COMPLETED"
    await site.check_ledger()
    assert (tmp_path / "slow" / "asked").read_text().split() == ["once"]
