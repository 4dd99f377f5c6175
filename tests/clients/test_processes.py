"""Foreign programs within bounds."""

import signal
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from clients.processes import ProgramNotFoundError, run_bounded
from clients.run_folders import RunFolder, run_folder
from tests.clients.stubborn_programs import no_beat, program, run


@pytest.fixture
async def folder(tmp_path: Path) -> AsyncIterator[RunFolder]:
    async with run_folder(tmp_path / "scratch") as made:
        yield made


async def test_exit_code_output_and_stdin_come_through(folder: RunFolder) -> None:
    code = "import sys; print(sys.stdin.read()); print('oh', file=sys.stderr); sys.exit(7)"
    given = program(folder, code)
    finished = await run_bounded(replace(given, stdin=b"x" * 1_000_000), no_beat)
    assert finished.exit_code == 7
    assert finished.stdout.size == 1_000_001
    assert finished.stderr.kept == b"oh\n"
    assert finished.stopped_for is None
    assert finished.output.kept.endswith(b"\n\n[stderr]\noh\n")


async def test_a_program_that_never_reads_its_stdin_is_no_trouble(folder: RunFolder) -> None:
    given = program(folder, "import sys; sys.stdin.close()")
    finished = await run_bounded(replace(given, stdin=b"x" * 10_000_000), no_beat)
    assert finished.exit_code == 0


async def test_death_by_a_signal_is_a_negative_exit_code(folder: RunFolder) -> None:
    finished = await run(folder, "import os; os.kill(os.getpid(), 9)")
    assert finished.exit_code == -signal.SIGKILL


async def test_the_program_does_not_ignore_a_broken_pipe(folder: RunFolder) -> None:
    piped = replace(program(folder, ""), argv=("sh", "-c", "yes | head -1"))
    finished = await run_bounded(piped, no_beat)
    assert finished.stderr.kept == b""


async def test_an_unknown_program_is_named(folder: RunFolder) -> None:
    unknown = replace(program(folder, ""), argv=("no-such-agent",))
    with pytest.raises(ProgramNotFoundError, match="no-such-agent"):
        await run_bounded(unknown, no_beat)


@pytest.mark.parametrize("argument", ["a\0b", "x" * 3_000_000])
async def test_arguments_no_system_takes_are_no_crash(folder: RunFolder, argument: str) -> None:
    bad = replace(program(folder, ""), argv=(sys.executable, argument))
    with pytest.raises(ProgramNotFoundError, match="cannot be started"):
        await run_bounded(bad, no_beat)


async def test_a_file_that_is_no_program_exits_as_in_a_shell(folder: RunFolder) -> None:
    file = folder.tmp / "agent"
    file.write_text("no shebang")
    file.chmod(0o700)
    finished = await run_bounded(replace(program(folder, ""), argv=("./agent",)), no_beat)
    assert finished.exit_code == 126
    assert b"Exec format error" in finished.stderr.kept


async def test_a_flood_is_drained_fast_and_kept_within_bounds(folder: RunFolder) -> None:
    code = "import os\nfor _ in range(100): os.write(1, b'x' * 2**20)\nprint('last line')"
    finished = await run(folder, code, output=2**16)
    assert finished.exit_code == 0
    assert finished.stdout.size == 100 * 2**20 + 10
    assert len(finished.stdout.kept) == 2**16
    assert finished.stdout.truncated
    assert len(finished.stdout_tail) <= 2**20
    assert finished.stdout_tail.endswith(b"last line\n")
    assert finished.duration < timedelta(seconds=20)


async def test_both_streams_share_one_bound(folder: RunFolder) -> None:
    code = "import os; os.write(1, b'x' * 2000); os.write(2, b'y' * 2000)"
    finished = await run(folder, code, output=1024)
    assert len(finished.stdout.kept) + len(finished.stderr.kept) == 1024
    assert finished.output.truncated


async def test_beats_come_at_once(folder: RunFolder) -> None:
    beats: list[float] = []
    # Nobody is told of a program that ends while we are held up.
    for _ in range(5):
        if not beats:
            code = "import time; time.sleep(0.3)"
            await run_bounded(program(folder, code), lambda: beats.append(time.monotonic()))
    assert beats


async def test_beats_come_no_more_often_than_every_second(folder: RunFolder) -> None:
    beats: list[float] = []

    def beat() -> None:
        beats.append(time.monotonic() - begun)
        if len(beats) == 2:
            (folder.tmp / "enough").touch()

    code = "import os, time\nwhile not os.path.exists('enough'): time.sleep(0.01)"
    begun = time.monotonic()
    await run_bounded(program(folder, code), beat)
    assert all(moment >= number for number, moment in enumerate(beats))
