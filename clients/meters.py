"""What a running agent says that it has used so far, and whether that is too much."""

from collections.abc import Callable

from clients.agent_reports import UnreadableReportError, read_json
from contracts.agents import AgentProgress, Usage
from contracts.budgets import Bound
from policy.budgets import larger, passed

BEGINNING = b'{"progress"'
MAX_LINE = 4_096
Hear = Callable[[Usage], None]


def ignored(used: Usage) -> None:
    """For those who need not know."""


def is_progress(line: bytes) -> bool:
    return line.lstrip().startswith(BEGINNING)


def without_progress(said: bytes) -> bytes:
    """What is left for people, and for the report."""
    if BEGINNING not in said:
        return said
    return b"".join(line for line in said.splitlines(keepends=True) if not is_progress(line))


class Meter:
    """Reads lines of progress (contracts.agents.Progress) out of a program's stdout. Whatever
    else is said there is passed over, and so is a line that cannot be read."""

    def __init__(self, bounds: tuple[Bound, ...] = (), tell: Hear = ignored) -> None:
        """`tell` hears of each change."""
        self._bounds, self._tell = bounds, tell
        self._line, self._skips = bytearray(), False
        self.used = Usage()
        self.over: Bound | None = None

    def hear(self, data: bytes) -> None:
        if BEGINNING not in data:
            # No whole line in here is one: only both ends may be part of one.
            data = data[: data.find(b"\n") + 1] + data[data.rfind(b"\n") + 1 :]
        *ended, rest = data.split(b"\n")
        for part in ended:
            self._add(part)
            self._end_line()
        self._add(rest)

    def _add(self, part: bytes) -> None:
        if self._skips:
            return
        self._line += part[: MAX_LINE + 1]
        begun = bytes(self._line[: 2 * len(BEGINNING)]).lstrip()
        if len(self._line) > MAX_LINE or not begun.startswith(BEGINNING[: len(begun)]):
            self._skips = True
            self._line.clear()

    def _end_line(self) -> None:
        line, skipped = bytes(self._line), self._skips
        self._line.clear()
        self._skips = False
        if not skipped and is_progress(line):
            self._read(line)

    def _read(self, line: bytes) -> None:
        try:
            said = read_json(line, AgentProgress).progress
        except UnreadableReportError:
            return
        used = larger(self.used, said)
        if used == self.used:
            return
        self.used = used
        self.over = self.over or passed(self._bounds, used)
        self._tell(used)
