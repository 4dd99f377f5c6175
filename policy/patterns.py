"""Kinds of work: how a ticket is brought under one, and which past tickets are near to it."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from uuid import UUID, uuid5

from contracts.agents import SimilarTicket
from contracts.issues import Ticket
from contracts.patterns import Precedent, Signature
from policy.languages import FileKind, kind_of

MOST_LABELS, MOST_PATHS, LONGEST = 20, 5, 100
# Folders that say nothing of what is inside: the next one does.
CONTAINERS = frozenset({"app", "apps", "lib", "libs", "packages", "services", "source", "src"})
TOP = "."
PATH = re.compile(r"(?<![\w/.:-])(?:[\w.-]{1,60}/){1,10}[\w.-]{1,60}")
# Who works in the same place is nearer than who has the same label or uses the same words.
AREA, FOLDERS, LABELS, WORDS, TYPE = 4, 3, 2, 2, 1


@dataclass(frozen=True)
class Past:
    """A ticket whose work has ended; `cancelled` says why, where people ended it. `words` is how
    well its text fits, from 0 to 1. What was recorded before there were signatures has none."""

    issue_key: str
    success: bool
    summary: str
    ended_at: datetime
    rework: int = 0
    signature: Signature | None = None
    words: float = 0.0
    cancelled: str | None = None


def signature_of(ticket: Ticket, files: Iterable[str] = ()) -> Signature:
    """Of the files that were changed, or are planned to be. The same whatever their order."""
    return Signature(
        type=ticket.type,
        labels=_normal(ticket.labels)[:MOST_LABELS],
        components=_normal((ticket.area,) if ticket.area else ()),
        paths=top_folders(files),
    )


def expected_signature(ticket: Ticket) -> Signature:
    """Before anything is planned: with the paths that the ticket's own text names."""
    return signature_of(ticket, PATH.findall(ticket.text))


def top_folders(files: Iterable[str]) -> tuple[str, ...]:
    """Tests and texts go along with nearly every change: they count where nothing else changed."""
    paths = sorted(set(files))
    code = [path for path in paths if kind_of(path) not in (FileKind.TEST, FileKind.DOCS)]
    counts: dict[str, int] = {}
    for path in code or paths:
        folder = _top_folder(path)
        counts[folder] = counts.get(folder, 0) + 1
    most = sorted(counts, key=lambda folder: (-counts[folder], folder))[:MOST_PATHS]
    return tuple(sorted(most))


def pattern_id(organization_id: UUID, signature: Signature) -> UUID:
    """The same kind of work in the same organization is one pattern, whoever writes it first."""
    return uuid5(organization_id, json.dumps(signature.model_dump(mode="json"), sort_keys=True))


def name_of(signature: Signature) -> str:
    """As people call it: `BUG in billing, labelled rounding, under src/shop`."""
    parts = [str(signature.type)]
    if signature.components:
        parts[0] += f" in {', '.join(signature.components)}"
    if signature.labels:
        parts.append(f"labelled {', '.join(signature.labels)}")
    if signature.paths:
        parts.append(whereabouts(signature.paths))
    return ", ".join(parts)[:500]


def whereabouts(paths: Sequence[str], form: str = "{}") -> str:
    """Top folders in words: `under src/shop`, `at the top of the repository`."""
    folders = ", ".join(form.format(path) for path in paths if path != TOP)
    words = [f"under {folders}"] if folders else []
    return " and ".join([*words, *["at the top of the repository"] * (TOP in paths)])


def nearness(wanted: Signature, past: Past) -> float:
    """0 for what has nothing in common: to be of the same type is not enough by itself."""
    words = WORDS * min(max(past.words, 0.0), 1.0)
    if past.signature is None:
        return words
    # Shares are added up as fractions, so that what is equally near is equal.
    near = words + sum(weight * share for weight, share, _ in _common(wanted, past.signature))
    return near + TYPE if near and wanted.type is past.signature.type else near


def nearest(wanted: Signature, past: Sequence[Past], most: int) -> tuple[SimilarTicket, ...]:
    """The nearest first; of equally near ones the newest, and what was cancelled last. A ticket
    that was worked several times stands for itself once, with what came of it last."""
    told: dict[str, Past] = {}
    for one in sorted(past, key=_worth):
        told[one.issue_key] = one
    ranked = sorted(told.values(), key=lambda one: one.issue_key)
    ranked.sort(key=lambda one: (nearness(wanted, one), *_worth(one)), reverse=True)
    return tuple(_similar(wanted, one) for one in ranked[:most] if nearness(wanted, one) > 0)


def precedent_of(wanted: Signature, past: Sequence[tuple[Signature, int, int]]) -> Precedent | None:
    """What work of the same type, area and labels came to, wherever it was done. `past`: patterns
    with how often they were worked, and how often well."""
    kind = wanted.model_copy(update={"paths": ()})
    if not kind.labels and not kind.components:
        return None  # A type alone is no kind that one could learn from.
    same = [row for row in past if row[0].model_copy(update={"paths": ()}) == kind]
    worked, succeeded = sum(row[1] for row in same), sum(row[2] for row in same)
    return Precedent(kind=name_of(kind), worked=worked, succeeded=succeeded) if worked else None


def _worth(past: Past) -> tuple[bool, datetime]:
    """What ran to an end of its own tells more than what people ended."""
    return past.cancelled is None, past.ended_at


def _similar(wanted: Signature, past: Past) -> SimilarTicket:
    return SimilarTicket(
        issue_key=past.issue_key,
        success=past.success,
        cancelled=past.cancelled,
        summary=past.summary,
        because=_because(wanted, past),
        paths=past.signature.paths if past.signature else (),
        rework=past.rework,
    )


def _because(wanted: Signature, past: Past) -> str:
    signature = past.signature
    words = [said for _, _, said in _common(wanted, signature)] if signature else []
    if past.words > 0:
        words.append("similar words")
    return ", ".join(words)[:500]


def _common(wanted: Signature, past: Signature) -> Iterator[tuple[int, Fraction, str]]:
    """Weight, how much is the same (up to 1), and that in words. Nothing is not told of."""
    for weight, name, one, other in (
        (AREA, "same area", wanted.components, past.components),
        (FOLDERS, "same folder", wanted.paths, past.paths),
        (LABELS, "same label", wanted.labels, past.labels),
    ):
        if one and (both := sorted(set(one) & set(other))):
            share = Fraction(len(both), len(set(one) | set(other)))
            yield weight, share, f"{name}: {', '.join(both)}"


def _normal(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({" ".join(text.lower().split())[:LONGEST] for text in texts} - {""}))


def _top_folder(path: str) -> str:
    folders = [part for part in path.split("/")[:-1] if part not in ("", ".")]
    depth = 2 if folders and folders[0] in CONTAINERS else 1
    return "/".join(folders[:depth])[:LONGEST] or TOP
