"""A git that fails while an agent's work is committed: the whole product runs the agent once."""

import os
from pathlib import Path

from tests.clients.stumbling_git import DISK, StumblingGit
from tests.faults.conftest import NewSite
from tests.faults.workers import Plant


async def test_an_agent_whose_commit_fails_twice_worked_once(
    plant: Plant, new_site: NewSite, tmp_path: Path
) -> None:
    git = StumblingGit(tmp_path / "bin", "commit-tree", DISK)
    worker = await plant.start(PATH=f"{git.folder}{os.pathsep}{os.environ['PATH']}")
    site = await new_site(plant, "CODE")
    work = await site.start()
    await work.result()
    await site.check_ledger()
    assert git.failed == 2
    assert len(site.desk.pids("CODE")) == 1
    assert site.committed() == {"CODE": 1}
    assert await site.reports() == {"CODE/1/coder": 1}
    assert "not committed yet" in worker.said
