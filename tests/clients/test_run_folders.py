"""What a run has to itself, and what is done about the runs of dead workers."""

import os
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from clients.processes import run_bounded
from clients.run_folders import Leader, RunFolder, run_folder, sweep
from tests.clients.stubborn_programs import (
    FAMILY,
    lives,
    no_beat,
    pids,
    program,
    until,
)

ROOT = Path(__file__).parents[2]


@pytest.fixture
async def folder(tmp_path: Path) -> AsyncIterator[RunFolder]:
    async with run_folder(tmp_path / "scratch") as made:
        yield made


async def test_only_the_allowed_environment_is_seen(folder: RunFolder) -> None:
    given = {"PATH": os.environ["PATH"], "TZ": "UTC", "KEY": "k", "SECRET": "s", "HOME": "/root"}
    environment = folder.environment(given, ["KEY", "ABSENT"])
    code = "import os; print(sorted(os.environ.items()))"
    seen = replace(program(folder, code), environment=environment)
    finished = await run_bounded(seen, no_beat)
    assert finished.stdout.kept.decode().strip() == str(sorted(environment.items()))
    assert set(environment) == {"PATH", "LANG", "TZ", "KEY", "HOME", "TMPDIR"}
    assert environment["HOME"] == str(folder.home)


async def test_a_named_home_is_the_real_one(folder: RunFolder) -> None:
    assert folder.environment({"HOME": "/home/me"}, ["HOME"])["HOME"] == "/home/me"


WORKER = """
import asyncio, sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from datetime import timedelta
from clients.processes import Program, run_bounded
from clients.run_folders import run_folder
from contracts.playbooks import Limits

async def main():
    async with run_folder(Path(sys.argv[2])) as folder:
        await run_bounded(Program(
            argv=(sys.executable, '-c', sys.argv[3]), cwd=Path.cwd(),
            environment=folder.environment({}), stdin=b'', limits=Limits(), folder=folder,
        ), lambda: None)

asyncio.run(main())
"""


async def test_agents_die_with_their_worker_and_the_sweep_takes_the_rest(tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    arguments = [sys.executable, "-c", WORKER, str(ROOT), str(scratch), FAMILY]
    with subprocess.Popen(arguments, cwd=tmp_path) as worker:
        try:
            await until(lambda: len(pids(tmp_path / "pids")) == 3)
            # The worker notes it down while its agent begins.
            await until(lambda: any(note.stat().st_size for note in scratch.glob("*/leader.json")))
            leader = leader_of(scratch)
            assert await sweep(scratch) == 0, "runs of a worker that lives are its own"
            assert all(lives(pid) for pid in pids(tmp_path / "pids"))
        finally:
            worker.kill()
    await until(lambda: not lives(leader))
    assert await sweep(scratch) == 1
    assert not any(lives(pid) for pid in pids(tmp_path / "pids"))
    assert list(scratch.iterdir()) == []


def leader_of(scratch: Path) -> int:
    note = next(scratch.glob("*/leader.json"))
    return Leader.model_validate_json(note.read_text()).pid


async def test_a_later_bearer_of_the_leaders_pid_is_left_alone(tmp_path: Path) -> None:
    async with run_folder(tmp_path) as folder:
        stranger = subprocess.Popen(["sleep", "600"], start_new_session=True)
        try:
            folder.note(stranger.pid)
            assert folder.orphans().members() == [stranger.pid]
            note = folder.path.parent / "leader.json"
            note.write_text(note.read_text().replace('"started":', '"started":1'))
            assert folder.orphans().members() == []
        finally:
            stranger.kill()
            stranger.wait()


async def test_the_folder_goes_even_when_the_program_locked_it(tmp_path: Path) -> None:
    async with run_folder(tmp_path) as folder:
        locked = folder.home / "go" / "pkg"
        locked.mkdir(parents=True)
        (locked / "file").touch()
        locked.chmod(0o500)
    assert not folder.path.exists()


async def test_folders_are_private(folder: RunFolder) -> None:
    assert folder.path.stat().st_mode & 0o077 == 0
