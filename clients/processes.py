"""Running a foreign program within bounds of time, output and memory."""

import asyncio
import math
import os
import shutil
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from clients.agent_identity import LAUNCHER
from clients.captured_output import STDERR, STDOUT, CapturedOutput
from clients.disk_usage import DiskUsage
from clients.meters import Meter
from clients.reach import unreached
from clients.run_folders import RunFolder
from clients.run_watches import OnBeat, StoppedFor, Watch
from clients.undisturbed import to_its_end
from contracts.agents import AgentOutput, Report, Usage
from contracts.budgets import Bound
from contracts.playbooks import Limits

GRACE = timedelta(seconds=5)
CLOSING = 2.0
# More may run before the kernel says no: the watch, which can say why, comes first.
OTHERS = 64
NOTHING_SAID = AgentOutput()
NOT_ANY = Usage()


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
    meter: Meter = field(default_factory=Meter)


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
    """What came of an agent. With an `error_type` it failed, whatever its report says; `used` is
    what it said on its way, `over` the cap that it was stopped at."""

    report: Report | None
    output: AgentOutput = NOTHING_SAID
    error_type: str | None = None
    error_message: str | None = None
    used: Usage = NOT_ANY
    over: Bound | None = None


async def run_bounded(program: Program, on_beat: OnBeat) -> Finished:
    """Runs it to its end, calling `on_beat` about once a second. Whatever ends it (itself, a
    bound, cancellation) no process of its family is left when this returns or raises.
    Raises ProgramNotFoundError. The program dies with the thread that called this."""
    captured = CapturedOutput(program.limits.output, program.meter.hear)
    started = time.monotonic()
    disk = await asyncio.to_thread(_prepared, program)
    transport = await _started(program, captured)
    family, told = program.folder.family(transport.get_pid()), program.folder.told
    watch = Watch(program.limits, family, disk, captured, told, program.meter)
    stopped_for: StoppedFor | None = None
    try:
        program.folder.note(watch.family.leader)
        stopped_for = await watch.until_ended(on_beat)
    finally:
        grace = timedelta() if captured.exited.is_set() else program.grace
        await to_its_end(_ended(transport, watch, grace))
    code = transport.get_returncode()
    code = -9 if code is None else code
    return Finished(
        exit_code=code,
        stdout=captured.streams[STDOUT].output,
        stderr=captured.streams[STDERR].output,
        duration=timedelta(seconds=time.monotonic() - started),
        stopped_for=stopped_for or await watch.afterwards(code),
        stdout_tail=captured.streams[STDOUT].tail,
        stderr_tail=captured.streams[STDERR].tail,
    )


def _prepared(program: Program) -> DiskUsage:
    program.folder.hand_over(program.cwd)
    return DiskUsage((program.cwd, program.folder.path))


async def _started(program: Program, captured: CapturedOutput) -> asyncio.SubprocessTransport:
    argv = (sys.executable, "-I", "-S", str(LAUNCHER), *_orders(program), "--", found(program))
    # A file, not a pipe: it can neither block nor break, whether anybody reads it or not.
    with tempfile.TemporaryFile(dir=program.folder.path) as stdin:
        stdin.write(program.stdin)
        stdin.seek(0)
        try:
            transport, _ = await asyncio.get_running_loop().subprocess_exec(
                lambda: captured,
                *argv,
                *program.argv[1:],
                stdin=stdin,
                cwd=program.cwd,
                env=program.environment,
                start_new_session=True,
            )
        except (OSError, ValueError) as error:  # Too long, a NUL inside, no such folder.
            raise ProgramNotFoundError(f"{program.argv[0]!r} cannot be started: {error}") from error
    return transport


def _orders(program: Program) -> tuple[str, ...]:
    """For the launcher. The kernel's bounds are of single processes, or of a user."""
    limits, folder = program.limits, program.folder
    bounds = {
        "parent": os.getpid(),
        "processes": limits.processes,
        "core": 0,
        "cpu": math.ceil(limits.cpu.total_seconds()),
        "file": limits.disk,
        "files": limits.open_files,
        "tasks": limits.processes + (OTHERS if folder.uid is not None else OTHERS + _all_tasks()),
    }
    if limits.memory is not None:
        bounds["data"] = limits.memory
    own = (program.cwd.absolute(), folder.path)
    confined = folder.identity.confinement(folder.uid, own, program.environment)
    told = f"tell={folder.told}"
    return (*(f"{name}={value}" for name, value in bounds.items()), told, *confined)


def _all_tasks() -> int:
    """Of all users: at least as many as ours, and the quickest to know. 0 without /proc."""
    try:
        return int(Path("/proc/loadavg").read_text().split()[3].partition("/")[2])
    except OSError:
        return 0


def found(program: Program) -> str:
    """The program's path. Raises ProgramNotFoundError."""
    name = program.argv[0]
    wanted = str(program.cwd / name) if "/" in name else name
    path = None if "\0" in name else shutil.which(wanted, path=program.environment.get("PATH"))
    if path is None:
        raise ProgramNotFoundError(f"no program {name!r} that can be executed")
    folder = program.folder
    if (why := unreached(folder.identity, folder.uid, Path(path))) is not None:
        raise ProgramNotFoundError(f"no program {name!r} that agents can execute. {why}")
    return path


async def _ended(transport: asyncio.SubprocessTransport, watch: Watch, grace: timedelta) -> None:
    try:
        await watch.family.stop(grace)
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSING):
                await watch.captured.closed.wait()
    finally:
        transport.close()
