"""Starts processes that never outlive the supervisor."""

import ctypes
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path

LIBC = ctypes.CDLL(None)
PR_SET_PDEATHSIG = 1


@dataclass(frozen=True)
class Owner:
    """The user a process runs as."""

    uid: int
    gid: int


@dataclass(frozen=True)
class Command:
    """A program to run. `orphaned` is the signal it gets when the supervisor dies before it."""

    argv: list[str]
    cwd: Path
    owner: Owner | None = None
    orphaned: signal.Signals = signal.SIGKILL


def spawn(command: Command, stdin: int = subprocess.DEVNULL) -> subprocess.Popen[bytes]:
    """Starts it in a session of its own, with output to the supervisor's log.

    Only for a process with one thread, which stays: the kernel's signal to orphans follows the
    death of the *thread* that started them.
    """
    owner = command.owner
    return subprocess.Popen(
        command.argv,
        cwd=command.cwd,
        stdin=stdin,
        # Nothing of the user's environment: it may hold secrets, and settings of these programs.
        env={"PATH": os.defpath, "HOME": str(command.cwd), "LC_ALL": "C"},
        user=owner.uid if owner else None,
        group=owner.gid if owner else None,
        extra_groups=[] if owner else None,
        start_new_session=True,
        # The one descriptor that is inheritable is the data lock, and they are to hold it.
        close_fds=False,
        preexec_fn=partial(_die_with, os.getpid(), command.orphaned),
    )


def run(command: Command, text: str = "") -> None:
    """Runs it to its end, `text` on its stdin. Raises CalledProcessError; the log says why."""
    with spawn(command, subprocess.PIPE) as child:
        child.communicate(text.encode())
    if child.returncode:
        raise subprocess.CalledProcessError(child.returncode, command.argv[0])


def end(child: subprocess.Popen[bytes], how: signal.Signals) -> None:
    """Asks it to stop; after ten seconds no longer asks."""
    if child.poll() is None:
        child.send_signal(how)
    try:
        child.wait(timeout=10)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def _die_with(parent: int, how: signal.Signals) -> None:
    # Other systems have no such call: there the next supervisor ends what is left (supervisor.py).
    if sys.platform == "linux":
        LIBC.prctl(PR_SET_PDEATHSIG, how, 0, 0, 0)
    # It may have died before the call above.
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)
