"""Finds issue keys in branch names, titles and messages."""

import re

from contracts.commands import MAX_KEYS
from contracts.issues import ISSUE_KEY

LONGEST_TEXT = 10_000
_WHOLE = re.compile(ISSUE_KEY)
# Letters of any script end a key, so that a Cyrillic look-alike is none and begins none.
_INSIDE = re.compile(r"(?<!\w)[A-Z][A-Z0-9_]{1,9}-[1-9][0-9]{0,9}(?!\w)", re.UNICODE)


def is_key(text: str) -> bool:
    return len(text) <= 21 and "\n" not in text and _WHOLE.match(text) is not None


def keys_in(*texts: str) -> tuple[str, ...]:
    """In the order of appearance, each once, at most 20. Not all of them are tickets: `UTF-8`
    looks like one."""
    found: dict[str, None] = {}
    for text in texts:
        for key in _INSIDE.findall(text[:LONGEST_TEXT]):
            found[key] = None
    return tuple(found)[:MAX_KEYS]
