"""Ending a program means ending all that it started."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from clients.processes import run_bounded
from clients.run_folders import RunFolder, run_folder
from tests.clients.stubborn_programs import (
    CHILDREN,
    FAMILY,
    LEAVES,
    PATIENCE,
    STUBBORN,
    lives,
    no_beat,
    pids,
    program,
    run,
    until,
)


@pytest.fixture
async def folder(tmp_path: Path) -> AsyncIterator[RunFolder]:
    async with run_folder(tmp_path / "scratch") as made:
        yield made


async def test_a_program_that_hangs_is_stopped_in_time(folder: RunFolder) -> None:
    told, time = folder.tmp / "pids", timedelta(seconds=0.5)
    # A machine that is busy stops it before all three have begun.
    while len(pids(told)) < 3:
        told.unlink(missing_ok=True)
        finished = await run(folder, FAMILY, time=time)
        assert finished.stopped_for == "timeout"
        time *= 2
    assert finished.exit_code == -signal.SIGKILL
    assert not any(lives(pid) for pid in pids(folder.tmp / "pids"))


async def test_a_program_that_listens_may_end_in_peace(folder: RunFolder) -> None:
    code = (
        "import signal, sys, time\n"
        "signal.signal(signal.SIGTERM, lambda *_: (print('bye'), sys.exit(3)))\n"
        "open('listens', 'w').close()\n"
        "time.sleep(600)"
    )
    time = timedelta(seconds=0.5)
    # A machine that is busy stops it before it listens.
    while not (folder.tmp / "listens").exists():
        given = program(folder, code, time=time)
        finished = await run_bounded(replace(given, grace=timedelta(seconds=PATIENCE)), no_beat)
        time *= 2
    assert (finished.exit_code, finished.stdout.kept) == (3, b"bye\n")


async def test_cancellation_leaves_no_process(folder: RunFolder) -> None:
    running = asyncio.create_task(run(folder, FAMILY))
    await until(lambda: len(pids(folder.tmp / "pids")) == 3)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert not any(lives(pid) for pid in pids(folder.tmp / "pids"))


async def test_a_second_cancellation_does_not_cut_the_first_short(folder: RunFolder) -> None:
    running = asyncio.create_task(run(folder, FAMILY))
    await until(lambda: len(pids(folder.tmp / "pids")) == 3)
    running.cancel()
    await asyncio.sleep(0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert not any(lives(pid) for pid in pids(folder.tmp / "pids"))


async def test_a_beat_that_fails_leaves_no_process(folder: RunFolder) -> None:
    def beat() -> None:
        if len(pids(folder.tmp / "pids")) == 3:
            raise ConnectionError("nobody there")

    with pytest.raises(ConnectionError):
        await run_bounded(program(folder, FAMILY), beat)
    assert not any(lives(pid) for pid in pids(folder.tmp / "pids"))


async def test_children_that_hold_the_output_open_die_with_their_leader(folder: RunFolder) -> None:
    finished = await run(folder, CHILDREN + LEAVES)
    assert (finished.exit_code, finished.stdout.kept) == (0, b"done\n")
    assert len(pids(folder.tmp / "pids")) == 2
    assert not any(lives(pid) for pid in pids(folder.tmp / "pids"))
    assert finished.duration < timedelta(seconds=PATIENCE)


@pytest.mark.skipif(sys.platform != "linux", reason="Only Linux bounds data and has /proc")
async def test_one_process_cannot_outgrow_its_memory(folder: RunFolder) -> None:
    finished = await run(folder, "x = bytearray(2**29)", memory=2**27)
    assert finished.exit_code == 1
    assert b"MemoryError" in finished.stderr.kept


@pytest.mark.skipif(sys.platform != "linux", reason="Only Linux bounds data and has /proc")
async def test_nor_can_a_family_together(folder: RunFolder) -> None:
    code = "import os, time\nos.fork(); os.fork()\nx = b'x' * 50_000_000\ntime.sleep(600)"
    finished = await run(folder, code, memory=2**27)
    assert finished.stopped_for == "memory"


async def test_a_child_without_any_environment_is_found_by_its_session(folder: RunFolder) -> None:
    code = (
        "import os, sys, time\n"
        f"if os.fork() == 0: os.execve(sys.executable, ['python', '-c', {STUBBORN!r}], {{}})\n"
        "while not os.path.exists('pids'): time.sleep(0.01)"
    )
    assert (await run(folder, code)).exit_code == 0
    assert not any(lives(pid) for pid in pids(folder.tmp / "pids"))
