"""Looks at the servers of a state directory from outside, and ends them."""

import os
import re
import signal
import time
from contextlib import suppress
from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel

from stack import locks
from stack.place import Place, Record
from stack.servers import SERVERS
from stack.user import ServerDownError


class Condition(StrEnum):
    STOPPED = "stopped"
    STARTING = "starting"
    RUNNING = "running"


class Status(BaseModel, frozen=True):
    """One server. `address` is set while it runs, its password hidden if so asked."""

    name: str
    condition: Condition
    address: str | None
    ui: str | None
    supervisor: int | None
    server: int | None
    log: Path


def statuses(state_dir: Path, *, hide_passwords: bool = True) -> list[Status]:
    """All servers, in the order of SERVERS. Starts, makes and changes nothing."""
    return [_status(Place(state_dir.resolve() / name), hide_passwords) for name in SERVERS]


def stop(state_dir: Path, patience: float = 30.0) -> list[str]:
    """Ends the running servers, even those in use; the names of those that ran.

    Returns when they are gone. Raises ServerDownError for one that stays.
    """
    running = [status for status in statuses(state_dir) if status.supervisor is not None]
    for status in running:
        with suppress(ProcessLookupError):
            os.kill(status.supervisor or 0, signal.SIGTERM)
    deadline = time.monotonic() + patience
    for status in running:
        place = Place(state_dir.resolve() / status.name)
        while locks.is_held(place.data):
            if time.monotonic() > deadline:
                raise ServerDownError(place, "does not stop")
            time.sleep(0.05)
    return [status.name for status in running]


def _status(place: Place, hide_passwords: bool) -> Status:
    record = None
    alive = False
    if place.home.is_dir():
        # Else whoever comes to start a supervisor could take our look at the lock for one.
        with locks.exclusive(place.door):
            alive = locks.is_held(place.supervisor)
            record = place.record() if alive else None
    return Status(
        name=place.name,
        condition=_condition(alive, record),
        address=record and _shown(record.address, hide_passwords),
        ui=record and record.ui,
        supervisor=_number(place.supervisor) if alive else None,
        server=_number(place.pid) if record else None,
        log=place.log,
    )


def _condition(alive: bool, record: Record | None) -> Condition:
    if not alive:
        return Condition.STOPPED
    return Condition.RUNNING if record else Condition.STARTING


def _shown(address: str, hide_password: bool) -> str:
    return re.sub(r":[^:@/]*@", ":***@", address) if hide_password else address


def _number(path: Path) -> int | None:
    try:
        return int(path.read_text())
    except (OSError, ValueError):
        return None
