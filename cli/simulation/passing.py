"""How far a dry run has come, on standard error while it plays."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from rich.console import Console

from cli.durations import short
from cli.simulation.plan import Simulation
from cli.terminal import say

Tell = Callable[[timedelta], None]


def unheard(after: timedelta) -> None:
    """For whom nobody watches."""


@contextmanager
def told(plan: Simulation, *, quiet: bool) -> Iterator[Tell]:
    """Give what it yields the time that has passed in the play. A terminal shows it in one line,
    which goes away; elsewhere one line says that it takes its time."""
    if quiet:
        yield unheard
        return
    whole = f"{short(plan.lasts)} of {plan.playbook.name}"
    if sys.stderr is None or not sys.stderr.isatty():
        say(f"Playing {whole}; this takes some seconds.")
        yield unheard
        return
    console = Console(stderr=True, markup=False, highlight=False, emoji=False)
    with console.status(f"Playing {whole}") as line:
        yield lambda after: line.update(f"Playing {whole}: {short(after)} have passed")
