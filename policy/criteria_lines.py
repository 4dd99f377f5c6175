"""What the lines of a ticket's text are: items, headings, steps of a scenario, prose."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

# Each pattern is tried once, at a line's beginning, and repeats nothing inside a repetition: the
# time stays linear in the length of the line.
_HEADING = re.compile(r"(#{1,6})\s|h([1-6])\.\s", re.I)
_BULLET = re.compile(r"(?:[-*+•◦▪‣·\u2013\u2014]|\d{1,3}[.)]|\(\d{1,3}\)|[a-z]\))\s+")
_BOX = re.compile(r"\[[ xX✓✔]?\]\s+|[☐☑✅✔]\ufe0f?\s*")
_LABEL = re.compile(r"(?:AC|Criterion|Criteria|Kriterium)[ #_-]?\d{1,3}\s?[:.)\u2013-]\s*", re.I)
_SCENARIO = re.compile(r"(Scenario|Scenario Outline|Scenario Template|Background)[ \d]{0,4}:\s*")
_FRAME = re.compile(r"(Feature|Rule|Examples|Scenarios):")
_FENCE = re.compile(r"```|~~~|\{(?:code|noformat)(?:[:}])")
_RULE = re.compile(r"[-=_*]{3,}$")
_UNDERLINE = re.compile(r"(?:={3,}|-{3,})$")
_WRAPPED = ("**", "__", "*")
_STEPS = {"Given", "When", "Then", "And", "But"}
_LONGEST_HEADING = 80


class Kind(StrEnum):
    BLANK = "blank"
    HEADING = "heading"
    ITEM = "item"
    SCENARIO = "scenario"
    BACKGROUND = "background"
    STEP = "step"
    TABLE = "table"
    PROSE = "prose"


@dataclass(frozen=True)
class Said:
    """A line without its marks. `depth` is its indentation, `level` a heading's rank (1 is the
    highest), `keyword` a step's first word in small letters."""

    kind: Kind
    text: str = ""
    depth: int = 0
    level: int = 0
    keyword: str = ""
    marked: bool = False
    box: bool = False


BLANK = Said(Kind.BLANK)


def lines_of(text: str) -> Iterator[Said]:
    """Code between fences is left out, but for the steps of scenarios. Linear in the length."""
    lines = text.splitlines()
    fences = [number for number, line in enumerate(lines) if _FENCE.match(line.lstrip())]
    # A fence that nobody closes would hide all that follows.
    unclosed = fences[-1] if len(fences) % 2 else None
    marks, fenced = set(fences), False
    for number, line in enumerate(lines):
        if number in marks:
            fenced = not fenced and number != unclosed
            continue
        said = _by_neighbours(lines, number) or _said(line)
        if not fenced or said.kind in (Kind.SCENARIO, Kind.BACKGROUND, Kind.STEP):
            yield said


def _by_neighbours(lines: list[str], number: int) -> Said | None:
    """A line over a rule is a heading, and so is a table's row over one. `# one` is a heading in
    Markdown and an item in Jira: headings do not follow each other."""
    line, after = lines[number].strip(), "".join(lines[number + 1 : number + 2]).strip()
    prose = 0 < len(line) <= _LONGEST_HEADING and _said(line).kind is Kind.PROSE
    if prose and _UNDERLINE.match(after):
        return Said(Kind.HEADING, _plain(line), level=1 if after[0] == "=" else 2)
    if line.startswith("|") and after.startswith("|") and not after.strip("|-: "):
        return Said(Kind.HEADING, level=9)
    beside = (*lines[max(0, number - 1) : number], after)
    if lines[number].startswith("# ") and any(other.startswith("# ") for other in beside):
        return _marked(line[1:].strip(), 0)
    return None


def _said(line: str) -> Said:
    text = line.strip()
    depth = len(line.expandtabs(4)) - len(line.expandtabs(4).lstrip())
    if not text:
        return BLANK
    if _RULE.match(text):
        return Said(Kind.HEADING, level=9)
    if heading := _heading(text):
        return heading
    if text.startswith("|"):
        return _row(text)
    if bullet := _BULLET.match(text):
        return _marked(text[bullet.end() :], depth)
    if _BOX.match(text) or _LABEL.match(text):
        return _marked(text, depth)
    return _step(text, depth) or Said(Kind.PROSE, _plain(text), depth)


def _heading(text: str) -> Said | None:
    if hashes := _HEADING.match(text):
        level = len(hashes[1]) if hashes[1] else int(hashes[2])
        return Said(Kind.HEADING, _plain(text[hashes.end() :].strip("#")), level=level)
    bare = text.removesuffix(":")
    for mark in _WRAPPED:
        inner = bare.removeprefix(mark).removesuffix(mark)
        whole = len(bare) == len(inner) + 2 * len(mark) and inner[:1].strip()
        if whole and len(inner) <= _LONGEST_HEADING and mark not in inner:
            return Said(Kind.HEADING, _plain(inner), level=7)
    return None


def _marked(text: str, depth: int) -> Said:
    box = _BOX.match(text)
    rest = text[box.end() :] if box else text
    if label := _LABEL.match(rest):
        rest = rest[label.end() :]
    said = _step(rest, depth) or Said(Kind.ITEM, _plain(rest), depth)
    return replace(said, marked=True, box=bool(box))


def _step(text: str, depth: int) -> Said | None:
    plain = _plain(text)
    if scenario := _SCENARIO.match(plain):
        background = scenario[1] == "Background"
        kind = Kind.BACKGROUND if background else Kind.SCENARIO
        return Said(kind, plain[scenario.end() :], depth)
    first = plain.split(None, 1)[0].strip(":,") if plain else ""
    if frame := _FRAME.match(plain):
        kind = Kind.HEADING if frame[1] in ("Feature", "Rule") else Kind.TABLE
        return Said(kind, level=9)
    # A wrapped line may well begin with a small "when".
    if first.capitalize() in _STEPS and first[0].isupper():
        return Said(Kind.STEP, plain, depth, keyword=first.lower())
    return None


def _row(text: str) -> Said:
    """Of a table: its cells. The head of a table is no item."""
    if text.startswith("||") or not text.strip("|-: "):
        return Said(Kind.HEADING, level=9)
    cells = (cell.strip() for cell in text.strip("|").split("|"))
    return Said(Kind.TABLE, " · ".join(cell for cell in cells if cell))


def _plain(text: str) -> str:
    return text.replace("**", "").replace("__", "").strip()
