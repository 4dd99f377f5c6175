"""Watching a program: whether it keeps to its bounds, and which one it broke."""

import asyncio
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, assert_never

from clients.captured_output import CapturedOutput
from clients.disk_usage import DiskUsage
from clients.meters import Meter
from clients.process_families import Family
from contracts.playbooks import Limits

BEAT = 1.0
FIRST_LOOK = 0.1
# Who says more than this is not read any further, however little of it would be kept.
MOST_SAID = 2**29
# Counting a large checkout again and again would take more than the agent does.
SHARE = 20
SHELL = 128

OnBeat = Callable[[], None]
StoppedFor = Literal[
    "timeout", "cpu", "memory", "processes", "open files", "disk", "output", "budget"
]


def exceeded(bound: StoppedFor, limits: Limits) -> str:
    """As the rest of a sentence about whom it happened to."""
    match bound:
        case "timeout":
            return f"did not end within {limits.time}"
        case "cpu":
            return f"used more than {limits.cpu} of processor time"
        case "memory":
            return f"used more than {limits.memory:,} bytes of memory"
        case "processes":
            return f"started more than {limits.processes:,} processes and threads"
        case "open files":
            return f"opened {limits.open_files:,} files at once"
        case "disk":
            return f"wrote {limits.disk:,} bytes or more to its folders"
        case "output":
            return f"said more than {MOST_SAID:,} bytes"
        case "budget":
            return "used more than it may"
    assert_never(bound)


@dataclass
class Watch:
    """`told` is the file that the launcher writes when it finds too many processes at the end,
    `meter` what it says that it uses."""

    limits: Limits
    family: Family
    disk: DiskUsage
    captured: CapturedOutput
    told: Path
    meter: Meter
    _counted: float = 0.0

    async def until_ended(self, on_beat: OnBeat) -> StoppedFor | None:
        """Calls `on_beat` at once and about once a second. Looks often at first: programs that
        run wild do so quickly."""
        deadline = time.monotonic() + self.limits.time.total_seconds()
        pause, beat = FIRST_LOOK, time.monotonic()
        while not self.captured.exited.is_set():
            if time.monotonic() >= beat:
                on_beat()
                beat += BEAT
            if (left := deadline - time.monotonic()) <= 0:
                return "timeout"
            await self._rest(min(pause, left, max(beat - time.monotonic(), 0)))
            pause = min(2 * pause, BEAT)
            if not self.captured.exited.is_set() and (bound := await self._broken()):
                return bound
        return None

    async def afterwards(self, exit_code: int) -> StoppedFor | None:
        """What the kernel ended it for, or what was not seen in time. Shells say signals as
        exit codes."""
        if exit_code in (-signal.SIGXCPU, SHELL + signal.SIGXCPU):
            return "cpu"
        if exit_code in (-signal.SIGXFSZ, SHELL + signal.SIGXFSZ):
            return "disk"
        return await asyncio.to_thread(self._found_out)

    async def _rest(self, pause: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(pause):
                await self.captured.exited.wait()

    async def _broken(self) -> StoppedFor | None:
        if self.meter.over is not None:
            return "budget"
        if self.captured.size > MOST_SAID:
            return "output"
        return await asyncio.to_thread(self._looked)

    def _looked(self) -> StoppedFor | None:
        usage, limits = self.family.usage(), self.limits
        # Its guardian is a process too.
        if usage.tasks - 1 > limits.processes:
            return "processes"
        if limits.memory is not None and usage.memory > limits.memory:
            return "memory"
        if usage.cpu > limits.cpu.total_seconds():
            return "cpu"
        if usage.files >= limits.open_files:
            return "open files"
        return "disk" if self._disk_is_full() else None

    def _found_out(self) -> StoppedFor | None:
        if self.told.exists():
            return "processes"
        return "disk" if self.disk.reaches(self.limits.disk) else None

    def _disk_is_full(self) -> bool:
        if (began := time.monotonic()) < self._counted:
            return False
        full = self.disk.reaches(self.limits.disk)
        self._counted = time.monotonic() + SHARE * (time.monotonic() - began)
        return full
