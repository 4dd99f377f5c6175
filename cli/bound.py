"""A script of its own: binds itself to the process that started it, then becomes the program.

Run as `python -I -S bound.py PARENT_PID PROGRAM ARGUMENT...`. The program gets SIGTERM when its
parent dies, however that happens; where the system can't do so (macOS), it lives on.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1

if __name__ == "__main__":
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
        # A parent that died before the line above sends no signal any more.
        if os.getppid() != int(sys.argv[1]):
            sys.exit(1)
    os.execv(sys.argv[2], sys.argv[2:])
