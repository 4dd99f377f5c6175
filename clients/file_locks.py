"""Locks between the processes of one host; a dead holder's lock is free."""

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self


@dataclass(frozen=True)
class FileLock:
    path: Path
    descriptor: int

    @classmethod
    def acquire(cls, path: Path) -> Self | None:
        """None when somebody alive holds it, in this process or another. Never waits."""
        path.parent.mkdir(parents=True, exist_ok=True)
        while True:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(descriptor)
                return None
            # The holder before us may have removed the file: then our lock guards nothing.
            if _is_file_of(path, descriptor):
                return cls(path, descriptor)
            os.close(descriptor)

    def release(self) -> None:
        """Removes the file, so that locks leave nothing behind."""
        self.path.unlink(missing_ok=True)
        os.close(self.descriptor)


def _is_file_of(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(os.stat(path), os.fstat(descriptor))
    except FileNotFoundError:
        return False


@asynccontextmanager
async def waiting_lock(path: Path) -> AsyncIterator[None]:
    """Asks again and again: a thread that waits in flock could not be cancelled."""
    while (lock := FileLock.acquire(path)) is None:  # noqa: ASYNC110  other processes set no Event
        await asyncio.sleep(0.02)
    try:
        yield
    finally:
        lock.release()
