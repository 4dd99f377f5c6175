"""Variables that are named as Slipway's own are, and are none of them."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

OURS = "SLIPWAY_"
# What else reads them: docker-compose.yml and .railway/railway.py; and what agents and git are
# given, which a person who tries one by hand may have set.
ELSEWHERE = frozenset(
    {
        "SLIPWAY_IMAGE",
        "SLIPWAY_REPOSITORY",
        "SLIPWAY_BRANCH",
        "SLIPWAY_ELSEWHERE",
        "SLIPWAY_BRIEF",
        "SLIPWAY_REPORT",
        "SLIPWAY_PHASE",
        "SLIPWAY_ISSUE_KEY",
        "SLIPWAY_CACHE",
    }
)


def not_heeded(names: Iterable[str], known: Sequence[str]) -> list[str]:
    """A line for each, with the name that was meant, where one is near."""
    strange = sorted(
        {
            name
            for name in names
            if name.upper().startswith(OURS) and name.upper() not in ELSEWHERE.union(known)
        }
    )
    return [_line(name, known) for name in strange]


def _line(name: str, known: Sequence[str]) -> str:
    near = get_close_matches(name.upper(), known, n=1, cutoff=0.8)
    advice = f"Is {near[0]} meant?" if near else "`.env.example` has all that there are"
    return f"the variable {name} has no effect on Slipway, which knows none of that name. {advice}"
