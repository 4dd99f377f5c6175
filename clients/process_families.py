"""All the processes of one run: its session, and whoever left that but kept its environment."""

import asyncio
import os
import signal
import sys
import time
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

PROC = Path("/proc")
LOOK = 0.02
NOBODY = -1
MOST_TOLD = 2**22
# The leader clears up behind the others, unless one of them keeps it from that.
CLEARING = timedelta(seconds=2)
LAST_WORDS = timedelta(seconds=10)


@dataclass(frozen=True)
class Stat:
    """Of `/proc/PID/stat`, see proc(5). `started` counts ticks since boot, `resident` pages, `cpu`
    ticks of its own and of those it buried."""

    state: str
    session: int
    cpu: int
    threads: int
    started: int
    resident: int


@dataclass(frozen=True)
class FamilyUsage:
    """Of a family at a moment: resident bytes, seconds, threads, and the most files that one
    process has open."""

    memory: int = 0
    cpu: float = 0
    tasks: int = 0
    files: int = 0


def stat(pid: int) -> Stat | None:
    text = _told(pid, "stat")
    if not text:
        return None
    # The name before the last bracket may itself hold brackets and spaces.
    fields = text[text.rindex(b")") + 2 :].split()
    return Stat(
        state=fields[0].decode(),
        session=int(fields[3]),
        cpu=sum(map(int, fields[11:15])),
        threads=int(fields[17]),
        started=int(fields[19]),
        resident=int(fields[21]),
    )


@dataclass(frozen=True)
class Family:
    """`leader` is the pid that the session is named after, `mark` a string that only members
    have in their environment: those who started a session of their own are found by it.
    NOBODY leads a family that is known by its mark alone. With a `uid`, which nobody else has,
    its processes are the members. Without /proc it is the process group alone."""

    leader: int
    mark: str
    uid: int | None = None
    # Reading environments is slow, and who has had the mark is no stranger without it.
    _marked: dict[tuple[int, int], bool] = field(default_factory=dict, compare=False, repr=False)

    def members(self) -> list[int]:
        """Who still lives. Without /proc the group as a whole, as a negative pid."""
        if sys.platform != "linux":
            return [-self.leader] if self._is_led() and _group_lives(self.leader) else []
        pids = (int(name) for name in os.listdir(PROC) if name.isdecimal())
        return [pid for pid in pids if self._has(pid)]

    def usage(self) -> FamilyUsage:
        """All zero without /proc."""
        members = [pid for pid in self.members() if pid > 0]
        stats = [known for known in map(stat, members) if known]
        return FamilyUsage(
            memory=sum(known.resident for known in stats) * os.sysconf("SC_PAGE_SIZE"),
            cpu=sum(known.cpu for known in stats) / os.sysconf("SC_CLK_TCK"),
            tasks=sum(known.threads for known in stats),
            files=max(map(_open_files, members), default=0),
        )

    def tell(self, number: signal.Signals, spared: int = NOBODY) -> bool:
        """False when nobody is left, which he who is spared may be."""
        members = self.members()
        for pid in members:
            if pid != spared:
                _send(pid, number)
        return bool(members)

    async def stop(self, grace: timedelta) -> None:
        """SIGTERM, and SIGKILL for those who still live after `grace`. Returns when nobody is
        left, or when even SIGKILL did not help for ten seconds."""
        if grace and await self._gone(signal.SIGTERM, grace, once=True):
            return
        if not await self._gone(signal.SIGKILL, CLEARING, spared=self.leader):
            await self._gone(signal.SIGKILL, LAST_WORDS)

    async def _gone(
        self,
        number: signal.Signals,
        patience: timedelta,
        *,
        once: bool = False,
        spared: int = NOBODY,
    ) -> bool:
        deadline = time.monotonic() + patience.total_seconds()
        lives = self.tell(number, spared)
        while lives and time.monotonic() < deadline:
            await asyncio.sleep(LOOK)
            # Who is born while the others die must be killed too.
            lives = bool(self.members()) if once else self.tell(number, spared)
        return not lives

    def _has(self, pid: int) -> bool:
        known = stat(pid)
        if known is None or known.state in "ZX" or pid == os.getpid():
            return False
        if self._is_led() and known.session == self.leader:
            return True
        if self.uid is not None:
            return _user(pid) == self.uid
        if (pid, known.started) not in self._marked:
            self._marked[pid, known.started] = self._is_marked(pid)
        return self._marked[pid, known.started]

    def _is_led(self) -> bool:
        return self.leader != NOBODY

    def _is_marked(self, pid: int) -> bool:
        return self.mark.encode() in _told(pid, "environ")


def _told(pid: int, name: str) -> bytes:
    """Empty for one that is another user's, or gone by now."""
    try:
        # By number: this is asked of every process there is, once a second.
        descriptor = os.open(f"/proc/{pid}/{name}", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return b""
    try:
        return os.read(descriptor, MOST_TOLD)
    except OSError:
        return b""
    finally:
        os.close(descriptor)


def _send(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except (ProcessLookupError, PermissionError):
        return


def _user(pid: int) -> int | None:
    """Whose it really is: the owner of its files in /proc is root where it hides."""
    status = _told(pid, "status")
    return int(status.partition(b"\nUid:")[2].split(None, 1)[0]) if status else None


def _open_files(pid: int) -> int:
    try:
        return len(os.listdir(PROC / str(pid) / "fd"))
    except OSError:  # Another user's, or gone by now.
        return 0


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
