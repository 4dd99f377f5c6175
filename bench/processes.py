"""Worker processes of the benchmark: started, measured, ended."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


class Process:
    def __init__(self, started: asyncio.subprocess.Process) -> None:
        self._started = started

    def cpu(self) -> float | None:
        """Seconds of processor time so far; None where there is no /proc."""
        try:
            fields = Path(f"/proc/{self._started.pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return None
        return (int(fields[11]) + int(fields[12])) / TICKS

    def memory(self) -> int | None:
        """Resident bytes; None where there is no /proc."""
        try:
            pages = Path(f"/proc/{self._started.pid}/statm").read_text().split()[1]
        except OSError:
            return None
        return int(pages) * os.sysconf("SC_PAGE_SIZE")

    async def kill(self) -> None:
        self._started.kill()
        await self._started.wait()

    async def end(self) -> None:
        if self._started.returncode is None:
            self._started.send_signal(signal.SIGTERM)
            await self._started.wait()


async def start(module: str, *arguments: str) -> Process:
    """Returns when the worker polls."""
    started = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, *arguments, stdout=asyncio.subprocess.PIPE
    )
    assert started.stdout is not None
    if await started.stdout.readline() != b"ready\n":
        raise RuntimeError(f"{module} did not start")
    return Process(started)


@asynccontextmanager
async def running(module: str, *arguments: str) -> AsyncIterator[Process]:
    process = await start(module, *arguments)
    try:
        yield process
    finally:
        await process.end()
