"""The acceptance criteria of a ticket, out of the ways in which people write them."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from contracts.issues import Ticket
from contracts.text import clipped
from policy.criteria_lines import Kind, Said, lines_of

LONGEST = 500  # As much as is kept of a step's texts, see policy/reports.py.
WANTED = {
    "ac",
    "acs",
    "acceptance",
    "acceptance criteria",
    "acceptance criterion",
    "acceptance tests",
    "akzeptanzkriterien",
    "conditions of satisfaction",
    "criterios de aceptación",
    "critères d'acceptation",
    "definition of done",
    "done when",
}
NOT_WANTED = {
    "background",
    "context",
    "non-goals",
    "not in scope",
    "notes",
    "out of scope",
    "steps to reproduce",
    "technical notes",
}
LABEL = 8  # The level of a line like "Acceptance criteria:", below all headings.
_RANK = {"given": 0, "when": 1, "then": 2}
_WRAPS_AT = 60
_SENTENCE_END = re.compile(r"[.!?;:][\"')\]]?$")


@dataclass
class _Criterion:
    """`rank` is that of its last Given, When or Then; None where it has none."""

    kind: Kind
    parts: list[str]
    depth: int = 0
    rank: int | None = None
    details: list[str] = field(default_factory=list)

    def text(self) -> str:
        said = " ".join(self.parts)
        # A line that only leads to the items after it, and steps that belong to all scenarios.
        leads = self.kind is Kind.PROSE and said.endswith(":")
        if leads or self.kind is Kind.BACKGROUND:
            return ""
        if self.details:
            said += (" " if said.endswith(":") else ": ") + "; ".join(self.details)
        return clipped(" ".join(said.split()), LONGEST)


def criteria_of(ticket: Ticket) -> tuple[str, ...]:
    """What stands in the ticket's own field and under a heading like "Acceptance criteria" of its
    description; without either, the scenarios and checkboxes of the description. Each once."""
    lines = tuple(lines_of(ticket.description))
    found = [*criteria(ticket.acceptance_criteria), *_texts(_sections(lines))]
    if not found:
        found = list(_texts((line for line in lines if _tells(line)), among_others=True))
    firsts: dict[str, str] = {}
    for text in found:
        firsts.setdefault(text.casefold(), text)
    return tuple(firsts.values())


def criteria(text: str) -> tuple[str, ...]:
    """Items, scenarios and paragraphs of a text that holds nothing but criteria, each cut to 500
    characters. What stands under "Out of scope" and the like is left out."""
    return tuple(_texts(_without_others(lines_of(text))))


def _tells(line: Said) -> bool:
    return line.box or line.kind in (Kind.SCENARIO, Kind.BACKGROUND, Kind.STEP, Kind.HEADING)


def _title(line: Said) -> tuple[str, str]:
    """A line as the title of a section, in small letters, and what stands behind its colon."""
    if line.kind is Kind.HEADING:
        return line.text.rstrip(": ").casefold(), ""
    if line.kind is not Kind.PROSE:
        return "", ""
    title, _, rest = line.text.partition(":")
    return title.strip().casefold(), rest.strip()


def _sections(lines: Iterable[Said]) -> Iterator[Said]:
    """What stands under the headings that announce criteria."""
    level, begun = 0, False
    for line in lines:
        title, rest = _title(line)
        if title in WANTED:
            level, begun = line.level or LABEL, bool(rest)
            if rest:
                yield Said(Kind.PROSE, rest)
        elif _ends(line, level, begun) or (title in NOT_WANTED and not rest):
            level = 0
        elif level:
            begun = begun or line.kind is not Kind.BLANK
            yield line


def _ends(line: Said, level: int, begun: bool) -> bool:
    """A heading ends what a heading of its level or a lower one began; a line that ends with a
    colon, what such a line began."""
    label = line.kind is Kind.PROSE and line.text.endswith(":")
    return (line.kind is Kind.HEADING and line.level <= level) or (
        label and begun and level == LABEL
    )


def _without_others(lines: Iterable[Said]) -> Iterator[Said]:
    wanted = True
    for line in lines:
        title, rest = _title(line)
        if title in WANTED:
            wanted = True
            if rest:
                yield Said(Kind.PROSE, rest)
        elif title in NOT_WANTED and not rest:
            wanted = False
        elif wanted or (line.kind is Kind.HEADING and line.text):
            wanted = True
            yield line


def _texts(lines: Iterable[Said], among_others: bool = False) -> Iterator[str]:
    """`among_others`: a single step is a sentence that happens to begin with When."""
    for criterion in _read(lines):
        lonely = criterion.kind is Kind.STEP and (len(criterion.parts) == 1 or criterion.rank != 2)
        if (text := criterion.text()) and not (among_others and lonely):
            yield text


def _read(lines: Iterable[Said]) -> Iterator[_Criterion]:
    current: _Criterion | None = None
    before = Said(Kind.BLANK)
    for line in lines:
        following = _taken(current, line, before)
        if following is not current and current is not None:
            yield current
        current, before = following, line
    if current is not None:
        yield current


def _taken(current: _Criterion | None, line: Said, before: Said) -> _Criterion | None:
    """The criterion that this line belongs to: the current one, a new one, or none."""
    match line.kind:
        case Kind.BLANK:
            return current
        case Kind.HEADING:
            return None
        case Kind.SCENARIO | Kind.BACKGROUND:
            return _Criterion(line.kind, [f"{line.text}:"] if line.text else [], line.depth)
        case Kind.STEP:
            return _step(current, line, before)
        case Kind.TABLE:
            # Under a scenario it is a table of examples.
            in_steps = current is not None and current.kind in (Kind.SCENARIO, Kind.STEP)
            return current if in_steps else _Criterion(Kind.ITEM, [line.text])
        case Kind.ITEM:
            return _item(current, line)
        case Kind.PROSE:
            return _prose(current, line, before)


def _item(current: _Criterion | None, line: Said) -> _Criterion:
    if current is None or current.kind is not Kind.ITEM or line.depth <= current.depth:
        return _Criterion(Kind.ITEM, [line.text], line.depth)
    current.details.append(line.text)
    return current


def _prose(current: _Criterion | None, line: Said, before: Said) -> _Criterion:
    if current is None or not _goes_on(current, line, before):
        return _Criterion(Kind.PROSE, [line.text], line.depth)
    told = current.details or current.parts
    if not told:
        told.append(line.text)
    elif len(told[-1]) <= LONGEST:  # More is cut anyway, and adding it would take quadratic time.
        told[-1] = f"{told[-1]} {line.text}"
    return current


def _goes_on(current: _Criterion, line: Said, before: Said) -> bool:
    if before.kind is Kind.BLANK:
        return current.kind is Kind.ITEM and line.depth > current.depth
    if current.kind is not Kind.PROSE:
        return True
    if _SENTENCE_END.search(before.text[-3:]):
        return False
    return line.text[:1].islower() or len(before.text) >= _WRAPS_AT


def _step(current: _Criterion | None, line: Said, before: Said) -> _Criterion:
    rank = _RANK.get(line.keyword)
    if current is not None and _belongs(current, line, before):
        current.parts.append(line.text)
        current.rank = current.rank if rank is None else rank
        return current
    if rank is not None:
        return _Criterion(Kind.STEP, [line.text], line.depth, rank)
    return _item(current, line) if line.marked else _prose(current, line, before)


def _belongs(current: _Criterion, line: Said, before: Said) -> bool:
    """A step to its scenario, and to the Given and When before it: each But and And, and each
    word that comes later in the order of the three."""
    if current.kind in (Kind.SCENARIO, Kind.BACKGROUND):
        return True
    rank = _RANK.get(line.keyword)
    if current.rank is not None:
        return rank is None or rank > current.rank
    under = line.depth > current.depth and before.kind is not Kind.BLANK
    return current.kind is Kind.ITEM and under and rank is not None
