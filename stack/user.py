"""A user of one server: finds its supervisor or starts one, and keeps it by holding a lock."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from errors import DownError
from stack import locks
from stack.place import Place, Record

# The supervisor gives up by itself before.
PATIENCE = 90.0


class ServerDownError(DownError):
    """A server did not come up. The message ends with the last lines of its log."""

    def __init__(self, place: Place, fact: str) -> None:
        super().__init__(f"{place.name} {fact}. The end of {place.log}:\n{place.tail()}")


@contextmanager
def using(place: Place) -> Iterator[None]:
    """Holds the server. The kernel lets go for us when we are killed; children that were forked
    without an exec hold it too."""
    deadline = time.monotonic() + PATIENCE
    # A supervisor on its way out holds this lock alone until it is gone.
    while (lock := locks.try_shared(place.users)) is None:
        if time.monotonic() > deadline:
            raise ServerDownError(place, "does not stop")
        time.sleep(0.02)
    try:
        yield
    finally:
        os.close(lock)


class Visitor:
    """Somebody who holds the server's lock and waits until it is ready."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._started = False

    def look(self) -> Record | None:
        """Where the server listens, None if not yet. Starts a supervisor if there is none.

        Raises ServerDownError if the supervisor started here has ended.
        """
        door = locks.try_exclusive(self._place.door)
        if door is None:
            return None
        try:
            supervisor = locks.try_exclusive(self._place.supervisor)
            if supervisor is None:
                return self._place.record()
            try:
                self._start(supervisor)
            finally:
                os.close(supervisor)
        finally:
            os.close(door)
        return None

    def _start(self, supervisor: int) -> None:
        if self._started:
            raise ServerDownError(self._place, "did not come up")
        self._started = True
        # Whatever it says, it was written by one who is dead.
        self._place.withdraw()
        self._place.keep_last_log()
        pid = _spawn_supervisor(self._place, supervisor)
        os.ftruncate(supervisor, 0)
        os.pwrite(supervisor, str(pid).encode(), 0)


def _spawn_supervisor(place: Place, lock: int) -> int:
    """The new process owns the lock from its first moment, whoever else may want it."""
    os.set_inheritable(lock, True)
    return os.posix_spawn(
        sys.executable,
        [sys.executable, "-m", "stack.supervisor", str(place.home), str(lock)],
        {"PATH": os.defpath, "PYTHONPATH": str(Path(__file__).resolve().parents[1])},
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, str(place.log), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ],
        # A thread that blocks signals would make a supervisor that can't be stopped.
        setsigmask=(),
    )


def await_ready(places: list[Place]) -> dict[str, Record]:
    """Where they all listen. Raises ServerDownError."""
    visitors = {place.name: Visitor(place) for place in places}
    records: dict[str, Record] = {}
    deadline = time.monotonic() + PATIENCE
    while True:
        for name in visitors.keys() - records.keys():
            if record := visitors[name].look():
                records[name] = record
        missing = [place for place in places if place.name not in records]
        if not missing:
            return records
        if time.monotonic() > deadline:
            raise ServerDownError(missing[0], f"was not ready within {PATIENCE:.0f} s")
        time.sleep(0.02)
