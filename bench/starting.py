"""How long the embedded stack takes to be ready."""

import time
from pathlib import Path

from bench.figures import Figure, median
from stack.addresses import Given
from stack.control import Condition, statuses
from stack.embedded import embedded

STARTS = 3
LOOK_AGAIN = 0.1


def starting(folder: Path) -> list[Figure]:
    """All three servers, in seconds: the first time, and when their data are there already."""
    state_dir = folder / "starting"
    first, *later = [_ready_after(state_dir) for _ in range(STARTS + 1)]
    return [
        median("stack ready the first time", [first], "s"),
        median("stack ready again", later, "s", at_most=5),
    ]


def _ready_after(state_dir: Path) -> float:
    begin = time.monotonic()
    with embedded(state_dir, Given()):
        took = time.monotonic() - begin
    # The next start is to find nobody.
    while any(status.condition is not Condition.STOPPED for status in statuses(state_dir)):
        time.sleep(LOOK_AGAIN)
    return took
