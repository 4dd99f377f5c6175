"""A private folder for each run of a program, and what is done about those of dead workers."""

import asyncio
import os
import shutil
import stat as modes
import tempfile
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from pydantic import BaseModel, ValidationError

from clients.file_locks import FileLock
from clients.process_families import NOBODY, Family, here, stat
from clients.undisturbed import to_its_end

PASSED_ON = ("PATH", "LANG", "LC_ALL", "TZ")
LEASE, LEADER = "lease", "leader.json"


class Leader(BaseModel, frozen=True):
    """Who leads the run's session. `started` and `here` tell it from a later bearer of its pid."""

    pid: int
    started: int | None
    here: str


@dataclass(frozen=True)
class RunFolder:
    """`home` and `tmp` are the program's own, the rest is between it and us."""

    path: Path

    @property
    def home(self) -> Path:
        return self.path / "home"

    @property
    def tmp(self) -> Path:
        return self.path / "tmp"

    def environment(self, given: Mapping[str, str], names: Iterable[str] = ()) -> dict[str, str]:
        """Only what is allowed of `given`: a few harmless variables, and those named."""
        own = {"LANG": "C.UTF-8", "PATH": os.defpath}
        own |= {name: given[name] for name in PASSED_ON if name in given}
        own |= {"HOME": str(self.home)}
        own |= {name: given[name] for name in names if name in given}
        return own | {"TMPDIR": str(self.tmp)}

    def family(self, leader: int) -> Family:
        return Family(leader=leader, mark=f"{self.path}/")

    def note(self, pid: int) -> None:
        """Writes down who leads, so that a later worker can find what this one left."""
        known = stat(pid)
        leader = Leader(pid=pid, started=known.started if known else None, here=here())
        (self.path / LEADER).write_text(leader.model_dump_json())

    def orphans(self) -> Family:
        """Of a run of a dead worker. A leader that is not sure to be ours is not named."""
        try:
            leader = Leader.model_validate_json((self.path / LEADER).read_bytes())
        except (OSError, ValidationError):
            return self.family(NOBODY)
        now = stat(leader.pid)
        ours = leader.here == here() and (now is None or now.started == leader.started)
        return self.family(leader.pid if ours else NOBODY)


@asynccontextmanager
async def run_folder(scratch: Path) -> AsyncIterator[RunFolder]:
    """A new folder in `scratch` for one run, removed afterwards. While it lasts it is leased by
    a file lock, which ends with the worker however that ends."""
    folder, lease = _made(scratch)
    try:
        yield folder
    finally:
        await to_its_end(_cleared(folder, lease))


async def sweep(scratch: Path) -> int:
    """Kills what runs of dead workers left behind in `scratch`, removes their folders, and says
    how many those were. Runs of workers that live are left alone. Repeatable."""
    return sum([await _swept(lease.parent) for lease in _leases(scratch)])


def _made(scratch: Path) -> tuple[RunFolder, FileLock]:
    scratch.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder = RunFolder(Path(tempfile.mkdtemp(dir=scratch.resolve())))
    lease = FileLock.acquire(folder.path / LEASE)
    if lease is None:
        raise FileExistsError(f"{folder.path} is swept by another worker")
    folder.home.mkdir()
    folder.tmp.mkdir()
    return folder, lease


def _leases(scratch: Path) -> list[Path]:
    return list(scratch.resolve().glob(f"*/{LEASE}"))


async def _swept(path: Path) -> bool:
    lease = FileLock.acquire(path / LEASE)
    if lease is None:
        return False
    await to_its_end(_cleared(RunFolder(path), lease))
    return True


async def _cleared(folder: RunFolder, lease: FileLock) -> None:
    try:
        # Of a run that was cancelled while it started, nobody else knows the processes.
        await folder.orphans().stop(timedelta())
        await asyncio.to_thread(_remove, folder.path)
    finally:
        lease.release()


def _remove(path: Path) -> None:
    shutil.rmtree(path, ignore_errors=True)
    if not path.exists():
        return
    # Go, for one, leaves folders that their owner may not write to.
    for folder, _, _ in os.walk(path):
        os.chmod(folder, modes.S_IRWXU)
    shutil.rmtree(path, ignore_errors=True)
