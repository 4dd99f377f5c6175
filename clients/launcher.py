"""A script of its own: binds itself to its parent and to its bounds, then becomes the program.

Run as `python -I -S launcher.py PARENT_PID MEMORY PROGRAM ARGUMENT...`; MEMORY 0 is no bound.
It exits like a shell does: 127 when there is no such program, 126 when it cannot be run.
"""

import ctypes
import os
import resource
import signal
import sys

PR_SET_PDEATHSIG = 1


def die_with(parent: int) -> None:
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    # A parent that died before the line above sends no signal any more.
    if os.getppid() != parent:
        sys.exit(1)


def bound(memory: int) -> None:
    # Not RLIMIT_AS: node, Go and Java reserve far more addresses than they ever use.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if memory:
        resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))


def become(command: list[str]) -> None:
    # Python ignores these two, and what is ignored stays so in the program.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    try:
        os.execvp(command[0], command)
    except OSError as error:
        sys.stderr.write(f"{command[0]}: {error.strerror}\n")
        sys.exit(127 if isinstance(error, FileNotFoundError) else 126)


if __name__ == "__main__":
    die_with(int(sys.argv[1]))
    bound(int(sys.argv[2]))
    become(sys.argv[3:])
