"""All the processes of one run: its session, and whoever left that but kept its environment."""

import asyncio
import os
import signal
import sys
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

PROC = Path("/proc")
LOOK = 0.02
NOBODY = -1
LAST_WORDS = timedelta(seconds=10)


@dataclass(frozen=True)
class Stat:
    """Of `/proc/PID/stat`, see proc(5). `started` counts ticks since boot, `resident` pages."""

    state: str
    session: int
    started: int
    resident: int


def stat(pid: int) -> Stat | None:
    try:
        text = (PROC / str(pid) / "stat").read_bytes()
    except OSError:
        return None
    # The name before the last bracket may itself hold brackets and spaces.
    fields = text[text.rindex(b")") + 2 :].split()
    return Stat(fields[0].decode(), int(fields[3]), int(fields[19]), int(fields[21]))


@dataclass(frozen=True)
class Family:
    """`leader` is the pid that the session is named after, `mark` a string that only members
    have in their environment: those who started a session of their own are found by it.
    NOBODY leads a family that is known by its mark alone.
    Without /proc it is the process group alone."""

    leader: int
    mark: str

    def members(self) -> list[int]:
        """Who still lives. Without /proc the group as a whole, as a negative pid."""
        if sys.platform != "linux":
            return [-self.leader] if self._is_led() and _group_lives(self.leader) else []
        pids = (int(name) for name in os.listdir(PROC) if name.isdecimal())
        return [pid for pid in pids if self._has(pid)]

    def memory(self) -> int:
        """Resident bytes of all members together; 0 without /proc."""
        stats = [stat(pid) for pid in self.members() if pid > 0]
        return sum(known.resident for known in stats if known) * os.sysconf("SC_PAGE_SIZE")

    def tell(self, number: signal.Signals) -> bool:
        """False when nobody is left who could hear it."""
        members = self.members()
        for pid in members:
            try:
                os.kill(pid, number)
            except (ProcessLookupError, PermissionError):
                continue
        return bool(members)

    async def stop(self, grace: timedelta) -> None:
        """SIGTERM, and SIGKILL for those who still live after `grace`. Returns when nobody is
        left, or when even SIGKILL did not help for ten seconds."""
        if grace and await self._gone(signal.SIGTERM, once=True, patience=grace):
            return
        await self._gone(signal.SIGKILL, once=False, patience=LAST_WORDS)

    async def _gone(self, number: signal.Signals, *, once: bool, patience: timedelta) -> bool:
        deadline = time.monotonic() + patience.total_seconds()
        lives = self.tell(number)
        while lives and time.monotonic() < deadline:
            await asyncio.sleep(LOOK)
            # Who is born while the others die must be killed too.
            lives = bool(self.members()) if once else self.tell(number)
        return not lives

    def _has(self, pid: int) -> bool:
        known = stat(pid)
        if known is None or known.state in "ZX" or pid == os.getpid():
            return False
        ours = self._is_led() and known.session == self.leader
        return ours or self._is_marked(pid)

    def _is_led(self) -> bool:
        return self.leader != NOBODY

    def _is_marked(self, pid: int) -> bool:
        try:
            return self.mark.encode() in (PROC / str(pid) / "environ").read_bytes()
        except OSError:  # Another user's, or gone by now.
            return False


def _group_lives(leader: int) -> bool:
    try:
        os.killpg(leader, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def here() -> str:
    """Names this boot and this pid namespace: a pid means something only within one."""
    if sys.platform != "linux":
        return sys.platform
    boot = (PROC / "sys/kernel/random/boot_id").read_text().strip()
    return f"{boot} {os.readlink(PROC / 'self/ns/pid')}"
