"""The commands that the documentation tells people to type."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.deployment.files import ROOT

DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)
SHELLS = ("sh", "bash", "console")
# A block without a language is one of commands when it begins like one.
COMMAND = re.compile(r"(make|git|\.venv/bin/\w+|python3?) ")


@dataclass(frozen=True)
class Typed:
    """A line as somebody types it, continued lines joined; `answer` is what the document shows."""

    document: Path
    line: str
    answer: str = ""

    def __str__(self) -> str:
        return f"{self.document.name}: {self.line}"


def typed() -> Iterator[Typed]:
    for document in DOCUMENTS:
        for language, text in FENCED.findall(document.read_text()):
            if language in SHELLS or (not language and COMMAND.match(text)):
                yield from _lines(document, re.sub(r"\\\n\s*", "", text))


def _lines(document: Path, text: str) -> Iterator[Typed]:
    if text.startswith("$ "):
        for part in re.split(r"^\$ ", text, flags=re.M)[1:]:
            line, _, answer = part.partition("\n")
            yield Typed(document, line, answer)
        return
    for line in text.splitlines():
        said = re.sub(r"(^|\s)#\s.*", "", line).strip()
        if said:
            yield Typed(document, said)
