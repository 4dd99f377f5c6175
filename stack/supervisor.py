"""Keeps one server running as long as anybody uses it. `python -m stack.supervisor HOME FD`.

FD is the supervisor's lock, which whoever started this took before: so there is always one.
"""

import contextlib
import os
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from subprocess import CalledProcessError, Popen

from stack import children, locks
from stack.launch import Launch
from stack.place import Place
from stack.servers import SERVERS

READY_WITHIN = 60.0
# A server that dies this often within a minute will not be well the next time.
TOO_MANY_DEATHS = 4


class Demand:
    """Whether the server is still wanted. Once it is not, newcomers wait until we are gone."""

    def __init__(self, users: Path) -> None:
        self._users = users
        self._lock = os.open(users, os.O_RDWR | os.O_CREAT, 0o600)
        self._over = False
        self._stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, lambda *_: self._stop.set())

    def __bool__(self) -> bool:
        # Without its folder (somebody cleaned up) the server would be found by nobody.
        if not self._over and locks.is_still(self._users, self._lock):
            self._over = self._stop.is_set() or locks.take(self._lock)
        else:
            self._over = True
        return not self._over

    def pause(self, seconds: float) -> None:
        self._stop.wait(seconds)


def keep(home: Path, place: Place, demand: Demand) -> None:
    """Starts the server, and again when it dies: on the same ports once users know them."""
    server = SERVERS[home.name]
    launch = server.launch(home)
    was_ready = False
    deaths: deque[float] = deque(maxlen=TOO_MANY_DEATHS)
    while demand:
        was_ready |= _live(launch, place, demand)
        deaths.append(time.monotonic())
        if len(deaths) == TOO_MANY_DEATHS and deaths[-1] - deaths[0] < 60:
            sys.exit(f"slipway: {server.title} died {TOO_MANY_DEATHS} times, giving up")
        # A Postgres that was killed needs a moment until its last process has noticed.
        demand.pause(0.25 * len(deaths))
        if demand and not was_ready:
            # Somebody else may have been quicker to take the port.
            launch = server.launch(home)


def _live(launch: Launch, place: Place, demand: Demand) -> bool:
    """One life of the server, until it dies or is no longer wanted. Whether it ever was ready."""
    log_begins = place.log.stat().st_size
    child = children.spawn(launch.command)
    try:
        place.pid.write_text(str(child.pid))
        is_ready = _comes_up(child, demand, lambda: launch.ready in _text(place.log, log_begins))
        if is_ready:
            place.publish(launch.record)
        while demand and child.poll() is None:
            demand.pause(0.2)
        return is_ready
    finally:
        # Before the server goes: nobody is to find one that is about to end.
        place.withdraw()
        children.end(child, launch.stop)


def _comes_up(child: Popen[bytes], demand: Demand, is_ready: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + READY_WITHIN
    while demand and child.poll() is None:
        if is_ready():
            return True
        if time.monotonic() > deadline:
            sys.exit(f"slipway: not ready within {READY_WITHIN:.0f} s")
        demand.pause(0.02)
    return False


def _text(log: Path, begin: int) -> str:
    with log.open("rb") as file:
        file.seek(begin)
        return file.read().decode(errors="replace")


def _claim_data(place: Place) -> None:
    """Waits for the death of a server whose supervisor was killed, and helps where it must.

    The lock stays with us and every process we start, until the last of them is gone.
    """
    begin = time.monotonic()
    while (lock := locks.try_exclusive(place.data)) is None:
        waited = time.monotonic() - begin
        if waited > 3:
            # The lock is held, so this is not a number that somebody else has got since.
            with contextlib.suppress(OSError, ValueError):
                os.killpg(int(place.pid.read_text()), signal.SIGKILL)
        if waited > 10:
            sys.exit(f"slipway: another process holds {place.data}")
        time.sleep(0.05)
    os.set_inheritable(lock, True)


def main() -> None:
    home, own_lock = Path(sys.argv[1]), int(sys.argv[2])
    # Away from the terminal of whoever started us: its Ctrl-C is not for the server.
    os.setsid()
    os.set_inheritable(own_lock, False)
    # By relative paths our files stay ours, even if our folder is moved and another made there.
    os.chdir(home)
    place = Place(Path())
    try:
        _claim_data(place)
        keep(home, place, Demand(place.users))
    except (OSError, CalledProcessError) as error:
        # One line: what a failed program said stands above it, and the end of the log is shown.
        sys.exit(f"slipway: {error}")


if __name__ == "__main__":
    main()
