"""A private folder for each run of a program, and what is done about those of dead workers."""

import asyncio
import os
import stat as modes
import tempfile
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from pydantic import BaseModel, ValidationError

from clients.agent_identity import UNCONFINED, AgentIdentity, AgentUser, lock_of
from clients.disk_usage import TooMuchError, entries
from clients.file_locks import FileLock
from clients.process_families import NOBODY, Family, here, stat
from clients.tree_removal import discard, remove_tree
from clients.undisturbed import to_its_end

PASSED_ON = ("PATH", "LANG", "LC_ALL", "TZ")
LEASE, LEADER, OWN = "lease", "leader.json", "run"
# Where every user may write.
SHARED = tuple(map(Path, ("/tmp", "/var/tmp", "/dev/shm", "/dev/mqueue")))


class Leader(BaseModel, frozen=True):
    """Who leads the run's session. `started` and `here` tell it from a later bearer of its pid,
    `uid` is whom the run's programs belong to, unless that is the worker's user."""

    pid: int
    started: int | None
    here: str
    uid: int | None = None


@dataclass(frozen=True)
class RunFolder:
    """`path` and all in it is the program's own. What we know of the run lies beside it."""

    path: Path
    identity: AgentIdentity = UNCONFINED
    uid: int | None = None

    @property
    def home(self) -> Path:
        return self.path / "home"

    @property
    def tmp(self) -> Path:
        return self.path / "tmp"

    @property
    def told(self) -> Path:
        return self.path.parent / "too-many"

    def environment(self, given: Mapping[str, str], names: Iterable[str] = ()) -> dict[str, str]:
        """Only what is allowed of `given`: a few harmless variables, and those named."""
        own = {"LANG": "C.UTF-8", "PATH": os.defpath}
        own |= {name: given[name] for name in PASSED_ON if name in given}
        own |= {"HOME": str(self.home)}
        own |= {name: given[name] for name in names if name in given}
        if self.identity.hidden:
            # Java alone does not ask TMPDIR, and /tmp is closed to it.
            own |= {"JAVA_TOOL_OPTIONS": f"-Djava.io.tmpdir={self.tmp}"}
        return own | {"TMPDIR": str(self.tmp)}

    def family(self, leader: int) -> Family:
        return Family(leader=leader, mark=f"{self.path}/", uid=self.uid)

    def hand_over(self, workspace: Path) -> None:
        """Makes the program's user own both. Only what is still ours is given away, and no file
        with a second name: that could lie anywhere."""
        if self.uid is None:
            return
        for top in (self.path, workspace):
            _give(os.fspath(top), self.uid)
            with suppress(TooMuchError):  # An earlier program's doing, whose it may stay.
                for entry in entries(top):
                    _give(entry.path, self.uid)
            top.chmod(modes.S_IRWXU)

    def note(self, pid: int) -> None:
        """Writes down who leads, so that a later worker can find what this one left."""
        known = stat(pid)
        started = known.started if known else None
        leader = Leader(pid=pid, started=started, here=here(), uid=self.uid)
        (self.path.parent / LEADER).write_text(leader.model_dump_json())

    def noted(self) -> Leader | None:
        try:
            return Leader.model_validate_json((self.path.parent / LEADER).read_bytes())
        except (OSError, ValidationError):
            return None

    def orphans(self) -> Family:
        """Of a run of a dead worker. A leader that is not sure to be ours is not named."""
        if (leader := self.noted()) is None:
            return self.family(NOBODY)
        now = stat(leader.pid)
        ours = leader.here == here() and (now is None or now.started == leader.started)
        return self.family(leader.pid if ours else NOBODY)


@asynccontextmanager
async def run_folder(
    scratch: Path, identity: AgentIdentity = UNCONFINED
) -> AsyncIterator[RunFolder]:
    """A new folder in `scratch` for one run, removed afterwards. While it lasts it is leased by
    a file lock, which ends with the worker however that ends; so is the user it runs under."""
    user = identity.lease()
    try:
        folder, lease = _made(scratch, identity, user)
        try:
            if user is not None:
                await folder.family(NOBODY).stop(timedelta())
            yield folder
        finally:
            await to_its_end(_cleared(folder, lease))
    finally:
        if user is not None:
            user.lock.release()


async def sweep(scratch: Path) -> int:
    """Kills what runs of dead workers left behind in `scratch`, removes their folders, and says
    how many those were. Runs of workers that live are left alone. Repeatable."""
    return sum([await _swept(lease.parent) for lease in _leases(scratch)])


def _give(path: str, uid: int) -> None:
    about = os.lstat(path)
    single = modes.S_ISDIR(about.st_mode) or about.st_nlink == 1
    if about.st_uid == os.geteuid() and single:
        os.lchown(path, uid, uid)


def _made(
    scratch: Path, identity: AgentIdentity, user: AgentUser | None
) -> tuple[RunFolder, FileLock]:
    scratch.mkdir(parents=True, exist_ok=True, mode=0o711)
    root = Path(tempfile.mkdtemp(dir=scratch.resolve()))
    lease = FileLock.acquire(root / LEASE)
    if lease is None:
        raise FileExistsError(f"{root} is swept by another worker")
    root.chmod(0o711)
    folder = RunFolder(root / OWN, identity, user.uid if user else None)
    for path in (folder.path, folder.home, folder.tmp):
        path.mkdir(mode=0o700)
    return folder, lease


def _leases(scratch: Path) -> list[Path]:
    return list(scratch.resolve().glob(f"*/{LEASE}"))


async def _swept(root: Path) -> bool:
    lease = FileLock.acquire(root / LEASE)
    if lease is None:
        return False
    folder = RunFolder(root / OWN)
    noted = folder.noted()
    # Somebody else may have that user by now; then he has made sure of what was left.
    user = lock_of(noted.uid) if noted is not None and noted.uid is not None else None
    try:
        uid = noted.uid if noted is not None and user is not None else None
        await to_its_end(_cleared(replace(folder, uid=uid), lease))
    finally:
        if user is not None:
            user.release()
    return True


async def _cleared(folder: RunFolder, lease: FileLock) -> None:
    try:
        # Of a run that was cancelled while it started, nobody else knows the processes.
        await folder.orphans().stop(timedelta())
        await asyncio.to_thread(_remove, folder)
    finally:
        lease.release()


def _remove(folder: RunFolder) -> None:
    with suppress(OSError):  # Then the sweep comes again.
        remove_tree(folder.path.parent)
    if folder.uid is None:
        return
    for shared in SHARED:
        for entry in os.scandir(shared) if shared.is_dir() else ():
            with suppress(OSError):
                if entry.stat(follow_symlinks=False).st_uid == folder.uid:
                    discard(Path(entry.path))
