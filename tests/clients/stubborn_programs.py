"""Programs that do not end by themselves, and who is left of them."""

import asyncio
import os
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from clients.process_families import stat
from clients.processes import Finished, Program, run_bounded
from clients.run_folders import RunFolder
from contracts.playbooks import Limits

PATIENCE = 45.0


def no_beat() -> None:
    """Nobody listens."""


def program(folder: RunFolder, code: str, **limits: object) -> Program:
    return Program(
        argv=(sys.executable, "-c", code),
        cwd=folder.tmp,
        environment=folder.environment({"PATH": os.environ["PATH"]}) | {"RUN": str(folder.tmp)},
        stdin=b"",
        limits=Limits.model_validate(limits),
        folder=folder,
        grace=timedelta(seconds=0.3),
    )


async def run(folder: RunFolder, code: str, **limits: object) -> Finished:
    return await run_bounded(program(folder, code, **limits), no_beat)


async def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        await asyncio.sleep(0.01)


def lives(pid: int) -> bool:
    known = stat(pid)
    return known is not None and known.state not in "ZX"


def pids(file: Path) -> list[int]:
    return [int(line) for line in file.read_text().split()] if file.exists() else []


# Tells its pid and then stays, deaf to SIGTERM.
STUBBORN = """
import os, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
with open('pids', 'a') as file: file.write(f'{os.getpid()}\\n')
time.sleep(600)
"""
# A child that lost its parent, and one in a session of its own.
CHILDREN = f"""
import os
if os.fork() == 0:
    if os.fork() == 0:
        exec({STUBBORN!r})
    os._exit(0)
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        exec({STUBBORN!r})
    os._exit(0)
"""
FAMILY = CHILDREN + STUBBORN
LEAVES = """
import time
while not os.path.exists('pids') or len(open('pids').readlines()) < 2: time.sleep(0.01)
print('done')
"""
