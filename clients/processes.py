"""Running a foreign program within bounds of time, output and memory."""

import asyncio
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Literal

from clients.captured_output import STDERR, STDOUT, CapturedOutput
from clients.process_families import Family
from clients.run_folders import RunFolder
from clients.undisturbed import to_its_end
from contracts.agents import AgentOutput, Report
from contracts.playbooks import Limits

LAUNCHER = Path(__file__).with_name("launcher.py")
GRACE = timedelta(seconds=5)
BEAT = 1.0
CLOSING = 2.0
NOTHING_SAID = AgentOutput()

OnBeat = Callable[[], None]
StoppedFor = Literal["timeout", "memory"]


class ProgramNotFoundError(Exception):
    """No such program, or nothing that can be executed."""


@dataclass(frozen=True)
class Program:
    """`environment` is all that the program will know of ours. A program whose name has a slash
    is looked for from `cwd`, any other one on the PATH of `environment`."""

    argv: tuple[str, ...]
    cwd: Path
    environment: dict[str, str]
    stdin: bytes
    limits: Limits
    folder: RunFolder
    grace: timedelta = GRACE


@dataclass(frozen=True)
class Finished:
    """A negative `exit_code` is the signal that ended it. The tails hold up to 1 MiB, which may
    have left `stdout` and `stderr` long ago: those keep `limits.output` bytes together."""

    exit_code: int
    stdout: AgentOutput
    stderr: AgentOutput
    duration: timedelta
    stopped_for: StoppedFor | None
    stdout_tail: bytes
    stderr_tail: bytes

    @property
    def output(self) -> AgentOutput:
        """Both, one after the other."""
        between = b"\n[stderr]\n" if self.stdout.size and self.stderr.size else b""
        return AgentOutput(
            kept=self.stdout.kept + between + self.stderr.kept,
            size=self.stdout.size + len(between) + self.stderr.size,
        )


@dataclass(frozen=True)
class Ran:
    """What came of an agent. With an `error_type` it failed, whatever its report says."""

    report: Report | None
    output: AgentOutput = NOTHING_SAID
    error_type: str | None = None
    error_message: str | None = None


async def run_bounded(program: Program, on_beat: OnBeat) -> Finished:
    """Runs it to its end, calling `on_beat` about once a second. Whatever ends it (itself, a
    bound, cancellation) no process of its family is left when this returns or raises.
    Raises ProgramNotFoundError. The program dies with the thread that called this."""
    captured, started = CapturedOutput(program.limits.output), time.monotonic()
    transport = await _started(program, captured)
    stopped_for: StoppedFor | None = None
    family = program.folder.family(transport.get_pid())
    try:
        program.folder.note(family.leader)
        stopped_for = await _watched(captured, family, program.limits, on_beat)
    finally:
        grace = timedelta() if captured.exited.is_set() else program.grace
        await to_its_end(_ended(transport, captured, family, grace))
    code = transport.get_returncode()
    return Finished(
        exit_code=-9 if code is None else code,
        stdout=captured.streams[STDOUT].output,
        stderr=captured.streams[STDERR].output,
        duration=timedelta(seconds=time.monotonic() - started),
        stopped_for=stopped_for,
        stdout_tail=captured.streams[STDOUT].tail,
        stderr_tail=captured.streams[STDERR].tail,
    )


async def _started(program: Program, captured: CapturedOutput) -> asyncio.SubprocessTransport:
    bounds = (str(os.getpid()), str(program.limits.memory or 0))
    argv = (sys.executable, "-I", "-S", str(LAUNCHER), *bounds, found(program), *program.argv[1:])
    # A file, not a pipe: it can neither block nor break, whether anybody reads it or not.
    with tempfile.TemporaryFile(dir=program.folder.path) as stdin:
        stdin.write(program.stdin)
        stdin.seek(0)
        try:
            transport, _ = await asyncio.get_running_loop().subprocess_exec(
                lambda: captured,
                *argv,
                stdin=stdin,
                cwd=program.cwd,
                env=program.environment,
                start_new_session=True,
            )
        except (OSError, ValueError) as error:  # Too long, a NUL inside, no such folder.
            raise ProgramNotFoundError(f"{program.argv[0]!r} cannot be started: {error}") from error
    return transport


def found(program: Program) -> str:
    """The program's path. Raises ProgramNotFoundError."""
    name = program.argv[0]
    wanted = str(program.cwd / name) if "/" in name else name
    path = None if "\0" in name else shutil.which(wanted, path=program.environment.get("PATH"))
    if path is None:
        raise ProgramNotFoundError(f"no program {name!r} that can be executed")
    return path


async def _watched(
    captured: CapturedOutput, family: Family, limits: Limits, on_beat: OnBeat
) -> StoppedFor | None:
    deadline = time.monotonic() + limits.time.total_seconds()
    while not captured.exited.is_set():
        on_beat()
        left = deadline - time.monotonic()
        if left <= 0:
            return "timeout"
        if limits.memory is not None and family.memory() > limits.memory:
            return "memory"
        with suppress(TimeoutError):
            async with asyncio.timeout(min(BEAT, left)):
                await captured.exited.wait()
    return None


async def _ended(
    transport: asyncio.SubprocessTransport,
    captured: CapturedOutput,
    family: Family,
    grace: timedelta,
) -> None:
    try:
        await family.stop(grace)
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSING):
                await captured.closed.wait()
    finally:
        transport.close()
