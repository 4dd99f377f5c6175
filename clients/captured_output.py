"""What a running program says, read as fast as it comes and kept within bounds."""

import asyncio
from collections.abc import Callable

from contracts.agents import AgentOutput

MAX_TAIL = 2**20
STDOUT, STDERR = 1, 2


class OutputBudget:
    """How many bytes may still be kept, of both streams together."""

    def __init__(self, left: int) -> None:
        self._left = left

    def take(self, data: bytes) -> bytes:
        taken = data[: self._left]
        self._left -= len(taken)
        return taken


class Stream:
    """The beginning of what was said, its end, and how much it was in all."""

    def __init__(self, budget: OutputBudget) -> None:
        self._budget = budget
        self._kept = bytearray()
        self._tail = bytearray()
        self.size = 0

    def add(self, data: bytes) -> None:
        self._kept += self._budget.take(data)
        self.size += len(data)
        self._tail += data
        if len(self._tail) > 2 * MAX_TAIL:
            del self._tail[:-MAX_TAIL]

    @property
    def output(self) -> AgentOutput:
        return AgentOutput(kept=bytes(self._kept), size=self.size)

    @property
    def tail(self) -> bytes:
        return bytes(self._tail[-MAX_TAIL:])


class CapturedOutput(asyncio.SubprocessProtocol):
    """`exited` is set when the program itself has ended, `closed` when nobody holds its output
    any more. (Process.wait() of some 3.11 and 3.12 waits for the second, see cpython#119710.)"""

    def __init__(self, limit: int, hear: Callable[[bytes], None] | None) -> None:
        """`hear` is told of stdout as it comes."""
        budget, self._hear = OutputBudget(limit), hear
        self.streams = {STDOUT: Stream(budget), STDERR: Stream(budget)}
        self.exited = asyncio.Event()
        self.closed = asyncio.Event()

    @property
    def size(self) -> int:
        """How much was said so far."""
        return sum(stream.size for stream in self.streams.values())

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        self.streams[fd].add(data)
        if fd == STDOUT and self._hear is not None:
            self._hear(data)

    def process_exited(self) -> None:
        self.exited.set()

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed.set()
