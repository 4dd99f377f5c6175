"""What people say to us in comments: a command is the beginning of a comment's first line."""

import re
from dataclasses import dataclass
from enum import StrEnum

from contracts.approvals import DecisionKind
from contracts.text import MAX_COMMENT

# Phones begin with a capital. Four blanks are Markdown's code.
_SPOKEN = re.compile(r" {0,3}/([A-Za-z][A-Za-z-]{0,30})(?![^\s])[ \t]*")
_CODE = re.compile(r"([0-9a-f]{8,64})(?![^\s])\s*")


class Word(StrEnum):
    START = "jira-work"
    APPROVE = "approve"
    REJECT = "reject"
    REQUEST_CHANGES = "request-changes"
    GUIDE = "guide"
    ANSWER = "answer"


DECISIONS = {
    Word.APPROVE: DecisionKind.APPROVE,
    Word.REJECT: DecisionKind.REJECT,
    Word.REQUEST_CHANGES: DecisionKind.REQUEST_CHANGES,
}


@dataclass(frozen=True)
class Spoken:
    word: Word
    text: str = ""
    code: str | None = None
    """Only of decisions: which request is meant."""

    @property
    def decision(self) -> DecisionKind | None:
        return DECISIONS.get(self.word)


def spoken_in(comment: str) -> Spoken | None:
    """None for a comment that is meant for people. What follows the command, to the end of the
    comment, is its text."""
    found = _SPOKEN.match(comment)
    if found is None or found[1].lower() not in list(Word):
        return None
    word, rest = Word(found[1].lower()), comment[found.end() :][:MAX_COMMENT].strip()
    if word in DECISIONS and (code := _CODE.match(rest)):
        return Spoken(word, rest[code.end() :], code[1])
    return Spoken(word, rest)
