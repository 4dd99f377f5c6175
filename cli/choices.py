"""What a new attempt takes over of the last one, as people are told."""

import re
import shlex
from collections.abc import Iterable, Iterator

from cli.terminal import plain
from contracts.choices import TakenOver
from contracts.phases import Phase


def remarks(taken: TakenOver | None) -> list[str]:
    """Before it begins: what stands, and what would be said for something else."""
    if taken is None:
        return []
    as_before = f"as in attempt {taken.attempt}"
    said = [f"{what} {as_before}; {instead} replaces it." for what, instead in _facts(taken)]
    return [line[0].upper() + line[1:] for line in said]


def lines(taken: TakenOver | None) -> list[str]:
    return [f"{what} as in attempt {taken.attempt}" for what, _ in _facts(taken)] if taken else []


def _facts(taken: TakenOver) -> Iterator[tuple[str, str]]:
    if taken.playbook is not None:
        yield f"playbook {taken.playbook} is followed", "--playbook"
    if taken.coder:
        phases = _listed(taken.coded or (Phase.CODE,))
        yield f"{phases} worked by {_command(taken.coder)}", "--agent"
    if taken.skip:
        yield f"{_listed(taken.skip)} skipped", "--skip or --end"
    if taken.end is not None:
        yield f"it ends after {taken.end}", "--skip or --end"


def _command(words: Iterable[str]) -> str:
    """As a person would type it: braces need no quotes here."""
    typed = (word if re.fullmatch(r"[^\s'\"\\]+", word) else shlex.quote(word) for word in words)
    return plain(" ".join(typed), 200)


def _listed(phases: Iterable[Phase]) -> str:
    names = list(phases)
    return f"{' and '.join(names)} {'are' if len(names) > 1 else 'is'}"
