"""A git or a disk that fails for a moment costs a commit's patience, and no second agent."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from clients.builtin_agents import BuiltinAgents
from clients.command_agent import CommandAgentRunner
from clients.git.commit_tries import committed_at_last
from clients.git.errors import (
    GitFailedError,
    UncommittableFilesError,
    UncommittedWorkError,
    UnknownCommitError,
)
from clients.git.repositories import Repositories
from clients.test_runner import BuiltinRunner
from clients.workshop import GitWorkshop
from contracts.agents import AgentResult, AgentRun, AgentStatus, Workplace
from contracts.issues import Ticket
from contracts.phases import Phase
from contracts.playbooks import CommandAgent
from policy.redaction import Redaction
from tests.clients.git_upstream import WHEN, Upstream
from tests.clients.stumbling_git import DISK, KILLED, StumblingGit
from tests.faults.patience import until

BRANCH = "slipway/DEMO-1"
CODER = """\
with open({runs!r}, "a") as runs:
    runs.write("run\\n")
with open("new.txt", "wb") as new:
    new.write(b"x" * 10_000)
{more}
print('{{"status": "completed", "summary": "Done."}}')
"""
FILLING = """\
import os
open("large.bin", "wb").write(os.urandom(2**20))
try: open({filler!r}, "wb", 0).write(bytes(2**26))
except OSError: pass
"""


@dataclass(frozen=True)
class Shop:
    folder: Path
    upstream: Upstream
    state: Path

    @property
    def runs(self) -> int:
        return len((self.folder / "runs").read_text().splitlines())

    async def work(self, more: str = "") -> AgentResult:
        result, _ = await self.workshop().work(self.run(more), "try", WHEN)
        return result

    def workshop(self) -> GitWorkshop:
        return GitWorkshop(
            Repositories(self.state, os.environ),
            CommandAgentRunner(os.environ, self.state / "runs"),
            BuiltinAgents(BuiltinRunner(os.environ, self.state / "runs")),
            Redaction(()),
        )

    def run(self, more: str = "") -> AgentRun:
        code = CODER.format(runs=str(self.folder / "runs"), more=more)
        return AgentRun(
            workplace=Workplace(
                organization_id=uuid4(),
                orchestration_id=uuid4(),
                attempt=1,
                repo_url=self.upstream.url,
                branch=BRANCH,
            ),
            ticket=Ticket(key="DEMO-1", title="Round right"),
            agent=CommandAgent(
                kind="command", name="coder", command=("{python}", "-c", code), writes=True
            ),
            phase=Phase.CODE,
            round=1,
            step="CODE/1/coder",
            base_commit=self.upstream.git("rev-parse", "main"),
        )


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    upstream = Upstream.init(tmp_path / "upstream")
    upstream.commit(readme="hello\n")
    return Shop(tmp_path, upstream, tmp_path / "state")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    if os.geteuid() != 0 or sys.platform != "linux":
        pytest.skip("Only root may mount a disk of a test's own")
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=40m", "tmpfs", str(disk)]
    if subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("Not even root may mount here")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


@pytest.mark.parametrize(
    ("command", "trouble"),
    [("add", KILLED), ("write-tree", DISK), ("commit-tree", DISK), ("diff-index", KILLED)],
    ids=lambda given: given.partition(" ")[0],
)
async def test_a_git_that_fails_twice_is_called_again_and_the_agent_is_not(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, command: str, trouble: str
) -> None:
    git = StumblingGit(shop.folder / "bin", command, trouble)
    git.install(monkeypatch)
    result = await shop.work()
    assert (git.failed, shop.runs) == (2, 1)
    assert result.status is AgentStatus.COMPLETED
    assert result.files_changed == ("new.txt",)


async def test_a_full_disk_is_waited_for(
    shop: Shop, small_disk: Path, caplog: pytest.LogCaptureFixture
) -> None:
    shop = Shop(shop.folder, shop.upstream, small_disk / "state")
    filler = small_disk / "filler"
    more = FILLING.format(filler=str(filler))

    async def make_room() -> None:
        await until(lambda: "not committed yet" in caplog.text, "the commit has failed")
        filler.unlink()

    result, _ = await asyncio.gather(shop.work(more), make_room())
    assert "No space left on device" in caplog.text
    assert (result.status, shop.runs) == (AgentStatus.COMPLETED, 1)
    assert result.commit is not None


async def test_what_git_can_never_take_is_refused_at_once(shop: Shop) -> None:
    with pytest.raises(UncommittableFilesError):
        await shop.work("import os; os.makedirs('sub/.GIT'); open('sub/.GIT/config', 'w').close()")


async def test_a_trouble_that_stays_fails_the_agent_and_says_what_it_was() -> None:
    tries = []

    async def commit() -> str:
        tries.append(1)
        raise OSError(28, "No space left on device")

    with pytest.raises(UncommittedWorkError, match=r"No space left.*not run again"):
        await committed_at_last(commit, timedelta(seconds=3))
    # Fewer than its pauses allow where the machine is busy.
    assert 1 < len(tries) <= 4


async def test_a_git_that_was_killed_does_not_say_that_a_commit_is_lost(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = shop.run()
    result, _ = await shop.workshop().work(run, "try", WHEN)
    assert result.commit is not None
    StumblingGit(shop.folder / "bin", "cat-file", "kill -9 $$", times=1).install(monkeypatch)
    with pytest.raises(GitFailedError) as told:
        await shop.workshop().deliver(run, result.commit)
    assert not isinstance(told.value, UnknownCommitError)
    await shop.workshop().deliver(run, result.commit)
    assert shop.upstream.git("rev-parse", BRANCH) == result.commit


async def test_a_full_disk_is_no_reason_to_make_a_mirror_anew(shop: Shop, small_disk: Path) -> None:
    shop.upstream.commit(large=os.urandom(2**20).hex())
    shop = Shop(shop.folder, shop.upstream, small_disk / "state")
    run = shop.run()
    result, _ = await shop.workshop().work(run, "try", WHEN)
    assert result.commit is not None
    with (small_disk / "filler").open("wb", 0) as filler:
        filler.truncate(filler.write(bytes(2**26)) - 2**18)
    with pytest.raises(OSError, match="No space left on device"):
        await shop.workshop().work(shop.run(), "another", WHEN)
    (small_disk / "filler").unlink()
    await shop.workshop().deliver(run, result.commit)
    assert shop.upstream.git("rev-parse", BRANCH) == result.commit
