"""JSON that everybody reads alike and every store can hold; anything else is unreadable."""

import json
import re
from collections.abc import Iterator
from math import isinf
from typing import Any, NoReturn

from pydantic import JsonValue

DEPTH = 100
EXPONENT = 300
NESTING = frozenset((dict, list))
# The only spellings of what Postgres refuses in jsonb: NUL, and halves of a surrogate pair.
SUSPICIOUS = re.compile(r"\\u(?:0000|[dD][89abABcdefCDEF])")


class UnreadableError(ValueError):
    """Says why a body cannot be read."""


def read_json(body: bytes) -> JsonValue:
    """Raises UnreadableError for what is not UTF-8 or not JSON, for duplicate keys, NaN, numbers
    beyond what others can hold, depth over 100, NUL and lone surrogates."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UnreadableError(f"not UTF-8: byte {error.start:,}") from None
    value: JsonValue = _parsed(STRICT, text)
    # What opens nothing cannot be deep, what escapes nothing holds nothing strange: most bodies
    # need no closer look.
    if text.count("{") + text.count("[") > DEPTH and _is_deep(value):
        raise UnreadableError(f"nested deeper than {DEPTH}")
    if "\\" in text and SUSPICIOUS.search(text) and not all(map(_storable, _strings(value))):
        raise UnreadableError("NUL or half a surrogate pair in a text")
    return value


def array_items(body: bytes) -> list[bytes]:
    """The bytes of each item of an array, so that one bad item spoils no other. Raises
    UnreadableError where items cannot be told apart."""
    text = body.decode("utf-8", "surrogateescape").strip(BLANK)
    if not text.startswith("["):
        raise UnreadableError("not an array")
    items = [text[begin:end].strip(BLANK) for begin, end in _spans(text)]
    if items == [""]:
        return []
    if "" in items:
        raise UnreadableError("a comma too many")
    return [item.encode("utf-8", "surrogateescape") for item in items]


def _spans(text: str) -> Iterator[tuple[int, int]]:
    """What is between the array's own brackets and commas, whatever it is: numbers of too many
    digits and depth without end are each item's own affair."""
    depth, begin = 0, 1
    for found in MARKS.finditer(text):
        mark = found[0]
        if mark in OPENING:
            depth += 1
        elif mark in CLOSING:
            depth -= 1
        elif mark != "," and not found[1]:
            raise UnreadableError("a text without an end")
        if depth == 0 or (depth == 1 and mark == ","):
            yield begin, found.start()
            begin = found.end()
        if depth == 0:
            break
    if depth or begin != len(text):
        raise UnreadableError("not an array of JSON values")


BLANK = " \t\r\n"
# What tells items apart: brackets, commas, and texts, which may hold both; the group is their end.
MARKS = re.compile(r'[][{},]|"[^"\\]*(?:\\.[^"\\]*)*("?)', re.DOTALL)
OPENING, CLOSING = frozenset("[{"), frozenset("]}")


def _parsed(decoder: json.JSONDecoder, text: str) -> Any:
    try:
        return decoder.decode(text)
    except UnreadableError:
        raise
    except RecursionError:
        raise UnreadableError(f"nested deeper than {DEPTH}") from None
    except json.JSONDecodeError as error:
        raise UnreadableError(f"not JSON: {error.msg} at {error.pos:,}") from None
    except ValueError:
        raise UnreadableError("a number of too many digits") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise UnreadableError("a key twice in one object")
    return found


def _number(text: str) -> float:
    exponent = text.lower().partition("e")[2]
    if exponent and abs(int(exponent)) > EXPONENT:
        raise UnreadableError("a number out of range")
    number = float(text)
    if isinf(number):
        raise UnreadableError("a number out of range")
    return number


def _constant(name: str) -> NoReturn:
    raise UnreadableError(f"{name} is no JSON")


def _is_deep(value: Any) -> bool:
    """Level by level, and terse: most deliveries pass here."""
    level = [value] if type(value) in NESTING else []
    for _ in range(DEPTH):
        level = [
            child
            for node in level
            for child in (node.values() if type(node) is dict else node)
            if type(child) in NESTING
        ]
        if not level:
            return False
    return True


def _strings(value: Any) -> Iterator[str]:
    waiting = [value]
    while waiting:
        node = waiting.pop()
        if isinstance(node, str):
            yield node
        elif isinstance(node, dict):
            yield from node
            waiting.extend(node.values())
        elif isinstance(node, list):
            waiting.extend(node)


def _storable(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return "\x00" not in text


STRICT = json.JSONDecoder(object_pairs_hook=_object, parse_float=_number, parse_constant=_constant)
