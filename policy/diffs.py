"""A unified diff, as git prints it, line by line."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from contracts.text import clipped

LONGEST_LINE = 2_000
# They take their place, though Python does not call them printable.
SPACES = frozenset("\t\u00a0\u3000")
_HUNK = re.compile(r"@@ -\d{1,9}(?:,(\d{1,9}))? \+(\d{1,9})(?:,(\d{1,9}))? @@")


@dataclass(frozen=True)
class ChangedLine:
    """`number` counts in the new file; None for a line that was taken out."""

    path: str
    text: str
    number: int | None


def changed_lines(diff: str) -> Iterator[ChangedLine]:
    """Added and removed lines. Hunks are counted, so that no line of a file is taken for a header
    of the diff, whatever it looks like. What was cut off is not there."""
    path, old, new, number = "", 0, 0, 0
    for text in diff.split("\n"):
        if old <= 0 and new <= 0:
            if text.startswith(("+++ ", "--- ")):
                path = _path(text) or path
            elif hunk := _HUNK.match(text):
                old, number, new = int(hunk[1] or 1), int(hunk[2]), int(hunk[3] or 1)
            continue
        match text[:1]:
            case "+":
                yield ChangedLine(path, text[1:], number)
                new, number = new - 1, number + 1
            case "-":
                yield ChangedLine(path, text[1:], None)
                old -= 1
            case "\\":
                pass
            case _:
                old, new, number = old - 1, new - 1, number + 1


def displayed(diff: str) -> list[str]:
    """Its lines as a person is to see them. Only git's own line ends end one: whatever else a
    browser or Python takes for an end would make another line of the rest, as if nobody had added
    it. What nobody sees and a compiler reads is named instead; what is cut off a line is said."""
    lines = diff.removesuffix("\n").split("\n") if diff else []
    return [clipped(_revealed(line.removesuffix("\r")), LONGEST_LINE) for line in lines]


def _revealed(line: str) -> str:
    if line.isprintable():
        return line
    return "".join(one if one.isprintable() or one in SPACES else _named(one) for one in line)


def _named(letter: str) -> str:
    return f"⟨U+{ord(letter):04X}⟩"


def _path(header: str) -> str:
    """`+++ b/path`; of a removed file the new name is /dev/null, and the old one counts."""
    name = header[4:].rstrip("\t\r").strip('"')
    return "" if name == "/dev/null" else name.removeprefix("a/").removeprefix("b/")
