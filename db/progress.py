"""Word of how far a job has come that goes through everything."""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from time import monotonic
from typing import TypeVar

Tell = Callable[[str], None]
One = TypeVar("One")

EVERY = timedelta(seconds=10)


def nobody(_: str) -> None:
    """To be told."""


def followed(all: Sequence[One], done: str, tell: Tell, every: timedelta = EVERY) -> Iterator[One]:
    """Each of them; now and then tells of how many that is `done`."""
    told = monotonic()
    for number, one in enumerate(all):
        if number and monotonic() - told >= every.total_seconds():
            tell(f"{done}: {number:,} of {len(all):,} orchestrations")
            told = monotonic()
        yield one
