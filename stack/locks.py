"""Locks that the kernel takes back when their holder dies, however it dies."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def try_exclusive(path: Path) -> int | None:
    """The descriptor that holds the lock, or None while anybody else holds it."""
    return _try_lock(path, fcntl.LOCK_EX)


def try_shared(path: Path) -> int | None:
    """The descriptor that holds the lock, or None while somebody holds it alone."""
    return _try_lock(path, fcntl.LOCK_SH)


def _try_lock(path: Path, kind: int) -> int | None:
    # The file is never removed: a lock on a removed file would keep nobody out.
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    if take(descriptor, kind):
        return descriptor
    os.close(descriptor)
    return None


def take(descriptor: int, kind: int = fcntl.LOCK_EX) -> bool:
    """The same for a file that is open already."""
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Waits for the lock. For locks that are held for an instant only."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def is_held(path: Path) -> bool:
    """Takes a free lock for an instant, so those who try it must be ready to try again."""
    if not path.exists():
        return False
    descriptor = try_exclusive(path)
    if descriptor is not None:
        os.close(descriptor)
    return descriptor is None


def is_still(path: Path, descriptor: int) -> bool:
    """False once the file was removed or replaced: then its lock no longer keeps anybody out."""
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except OSError:
        return False
