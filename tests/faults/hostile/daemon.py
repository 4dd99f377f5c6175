"""Leaves two daemons: with and without a session of their own, both without an environment."""

import json
import os
import signal
import sys
import time

STAY = """
import os, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
with open(sys.argv[1], 'a') as file: file.write(f'{os.getpid()}\\n')
time.sleep(600)
"""


def fork_away(pids: str, *, session: bool) -> None:
    if os.fork():
        return
    if session:
        os.setsid()
    if os.fork():
        os._exit(0)
    for descriptor in range(3):
        os.close(descriptor)
        os.open(os.devnull, os.O_RDWR)
    os.execve(sys.executable, ["sh", "-I", "-S", "-c", STAY, pids], {})


def written(path: str) -> list[str]:
    if not os.path.exists(path):
        return []
    with open(path) as file:
        return file.read().split()


def main() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    pids = os.path.abspath("pids")
    for session in (True, False):
        fork_away(pids, session=session)
    while len(written(pids)) < 2:
        time.sleep(0.01)
    report = {"status": "completed", "summary": " ".join(written(pids))}
    sys.stdout.write(json.dumps(report))


main()
