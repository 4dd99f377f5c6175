"""People who use a stack from processes of their own, and waiting for what they cause."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import asyncpg

from stack import locks
from stack.addresses import Addresses, Given
from stack.place import Place
from stack.servers import SERVERS

ROOT = Path(__file__).resolve().parents[2]

# The cheapest stack there is: Valkey alone.
ELSEWHERE = Given(temporal="127.0.0.1:1", database_url="postgresql://127.0.0.1:1/elsewhere")

ONLY_POSTGRES = Given(temporal="127.0.0.1:1", redis_url="redis://127.0.0.1:1")
# Temporal takes a second to stop, so it is only there where it matters.
WITHOUT_TEMPORAL = Given(temporal="127.0.0.1:1")

USE = """
import sys
from pathlib import Path
from stack.addresses import Given
from stack.embedded import embedded
with embedded(Path(sys.argv[1]), Given.model_validate_json(sys.argv[2])) as addresses:
    print(addresses.model_dump_json(), flush=True)
    sys.stdin.read()
"""


class Person:
    """A process inside `embedded`, until it is told to leave or killed."""

    def __init__(self, state_dir: Path, given: Given, prefix: tuple[str, ...] = ()) -> None:
        argv = [*prefix, sys.executable, "-c", USE, str(state_dir), given.model_dump_json()]
        self.process = subprocess.Popen(
            argv,
            cwd=ROOT,
            env={"PATH": os.defpath, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def addresses(self) -> Addresses:
        """Blocks until it is inside."""
        assert self.process.stdout
        return Addresses(**json.loads(self.process.stdout.readline()))

    def leave(self) -> None:
        self.process.communicate()

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()


def until(condition: Callable[[], object], seconds: float = 60) -> None:
    """Polls; fails when the deadline has passed."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def nothing_runs(state_dir: Path) -> bool:
    """Neither supervisors nor servers: all of them hold the lock on the data."""
    places = [Place(state_dir.resolve() / name) for name in SERVERS]
    return not any(locks.is_held(place.data) or locks.is_held(place.supervisor) for place in places)


async def ask(database_url: str, sql: str) -> dict[str, object]:
    """The first row, empty where there is none."""
    database = await asyncpg.connect(database_url)  # type: ignore[no-untyped-call]  # asyncpg's own
    try:
        row = await database.fetchrow(sql)
        return dict(row or {})
    finally:
        await database.close()
