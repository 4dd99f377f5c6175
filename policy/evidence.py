"""Evidence that a file matters for a ticket: points, and the reason in words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import log

# Stem to the word as the ticket writes it, and its weight.
Query = Mapping[str, tuple[str, float]]


@dataclass(frozen=True)
class Evidence:
    path: str
    points: float
    reason: str


def rarity(having: int, all_of_them: int) -> float:
    """1 for what one of many has, near 0 for what all have."""
    return log(1 + all_of_them / having) / log(2 + all_of_them)


def quoted(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
