"""A script of its own: confines a program, starts it, and clears up behind it.

Run as `python -I -S launcher.py NAME=VALUE... -- PROGRAM ARGUMENT...`. It stays the program's
parent for as long as that runs, so that whoever loses his parent becomes its child, whatever
session and environment he made himself: when the program ends, the rest ends with it. It exits as
the program did, or like a shell: 127 when there is no such program, 126 when it cannot be run.
"""

import contextlib
import ctypes
import os
import resource
import signal
import sys

# A script has only its own folder to import from, and isolated it has not even that.
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.realpath(__file__))))

from clients import confinement

PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
PR_CAPBSET_DROP = 24
PR_SET_CHILD_SUBREAPER = 36
PR_SET_NO_NEW_PRIVS = 38
CLEARING = 0.005
LAST_SECONDS = 5
MOST_CAPABILITIES = 64
LIMITS = {
    "core": resource.RLIMIT_CORE,
    "cpu": resource.RLIMIT_CPU,
    "data": resource.RLIMIT_DATA,
    "file": resource.RLIMIT_FSIZE,
    "files": resource.RLIMIT_NOFILE,
    "tasks": resource.RLIMIT_NPROC,
}


def control(option: int, value: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def die_with(parent: int) -> None:
    control(PR_SET_PDEATHSIG, signal.SIGKILL)
    # A parent that died before the line above sends no signal any more.
    if os.getppid() != parent:
        os._exit(1)


def bound(name: str, value: int) -> None:
    # Data, not RLIMIT_AS: node, Go and Java reserve far more addresses than they ever use.
    _, hardest = resource.getrlimit(LIMITS[name])
    # Of processor time, the first bound is a signal that says why, the second one is death.
    last = value + LAST_SECONDS if name == "cpu" else value
    if hardest != resource.RLIM_INFINITY:
        value, last = min(value, hardest), min(last, hardest)
    resource.setrlimit(LIMITS[name], (value, last))


def confine(given: list[tuple[str, str]]) -> None:
    named = {name: value for name, value in given if name not in ("show", "hide", "own")}
    uid = int(named["uid"]) if "uid" in named else None
    if uid is not None:
        confinement.show([value for name, value in given if name == "show"], uid)
    for name in LIMITS:
        if name in named:
            bound(name, int(named[name]))
    if uid is not None:
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
    if "seal" in named:
        # Root that kept these would read other processes' memory, sealed or not.
        for capability in range(MOST_CAPABILITIES):
            control(PR_CAPBSET_DROP, capability)
    control(PR_SET_NO_NEW_PRIVS, 1)
    if "seal" in named:
        hidden = [value for name, value in given if name == "hide"]
        confinement.seal(hidden, [value for name, value in given if name == "own"])


def become(command: list[str]) -> None:
    # Python ignores these two, and what is ignored stays so in the program.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    try:
        os.execvp(command[0], command)
    except OSError as error:
        refused(f"{command[0]}: {error.strerror}", 127 if error.errno == 2 else 126)


def refused(why: str, code: int) -> None:
    os.write(2, f"{why}\n".encode(errors="replace"))
    os._exit(code)


def started(given: list[tuple[str, str]], command: list[str]) -> int:
    guardian = os.getpid()
    if child := os.fork():
        return child
    try:
        confine(given)
        # Changing the user forgets whose death one dies of: so this comes after it.
        die_with(guardian)
        become(command)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        refused(f"cannot be confined: {why}", 126)
    os._exit(126)


def guarded(child: int) -> int:
    """Its wait status."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nothing, descriptor)
    while True:
        pid, status = os.waitpid(-1, 0)
        if pid == child:
            return status


def tell(file: str, processes: int) -> None:
    """Writes down that too many are left, whom nobody had the time to count before."""
    with contextlib.suppress(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)
        if sum(confinement.descendants().values()) > processes:
            with open(file, "w", encoding="ascii") as told:
                told.write("processes")


def clear(uid: int | None) -> None:
    """Until there are no children: those of a dead child are ours next."""
    signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGCHLD,))
    with contextlib.suppress(ChildProcessError):
        while True:
            while os.waitpid(-1, os.WNOHANG)[0]:
                continue
            strike(uid)
            signal.sigtimedwait((signal.SIGCHLD,), CLEARING)


def strike(uid: int | None) -> None:
    for child in confinement.children():
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
    if uid is not None and os.fork() == 0:
        # All of that user at one blow, so that no one forks away meanwhile.
        with contextlib.suppress(OSError):
            os.setresuid(uid, uid, uid)
            os.kill(-1, signal.SIGKILL)
        os._exit(0)


def end_like(status: int) -> None:
    if os.WIFSIGNALED(status):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        number = os.WTERMSIG(status)
        with contextlib.suppress(OSError):
            signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
    os._exit(os.waitstatus_to_exitcode(status) & 0xFF)


def main(arguments: list[str]) -> None:
    middle = arguments.index("--")
    given = [(name, value) for name, _, value in (a.partition("=") for a in arguments[:middle])]
    named = dict(given)
    die_with(int(named["parent"]))
    control(PR_SET_CHILD_SUBREAPER, 1)
    status = guarded(started(given, arguments[middle + 1 :]))
    if "processes" in named:
        tell(named["tell"], int(named["processes"]))
    clear(int(named["uid"]) if "uid" in named else None)
    end_like(status)


if __name__ == "__main__":
    main(sys.argv[1:])
