"""Takes secrets out of texts: those that are known by their value, all others by their looks."""

import base64
import json
import re
from collections.abc import Callable, Iterable, Iterator
from enum import Enum
from functools import partial
from typing import Any, TypeVar
from urllib.parse import quote, quote_plus

from pydantic import BaseModel, ValidationError

from policy.secret_patterns import SECRET_PATTERNS, SecretPattern

KNOWN = "known secret"
# Shorter ones are words of everyday life.
SHORTEST = 6
# Only our own marks: else somebody could hide a secret in what looks like one.
KINDS = "|".join([KNOWN, *(pattern.kind for pattern in SECRET_PATTERNS)])
MARK = re.compile(rf"(\[redacted: (?:{KINDS})\])")
PERCENT = re.compile("%[0-9A-F]{2}")
# What programs leave alone when they encode: all of them, JavaScript, most paths.
SAFE = ("", "!'()*", "/")

M = TypeVar("M", bound=BaseModel)


class Redaction:
    """Puts `[redacted: kind]` in the place of secrets. Doing so twice changes nothing more.

    `known` are secrets' values; they are found as they are, in base64 (inside a longer text too,
    as in a Basic header), URL-encoded and as JSON writes them. Those under six characters are
    ignored.
    """

    def __init__(self, known: Iterable[str]) -> None:
        values = {value.strip() for value in known}
        forms = {form for value in values if len(value) >= SHORTEST for form in _forms(value)}
        self._forms = sorted(forms, key=lambda form: (-len(form), form))

    def text(self, text: str) -> str:
        while (redacted := self._once(text)) != text:
            text = redacted  # What stands beside a mark may now look like a secret.
        return text

    def data(self, data: bytes) -> bytes:
        """The same for UTF-8; other bytes stay as they are."""
        return self.text(data.decode(errors="surrogateescape")).encode(errors="surrogateescape")

    def model(self, model: M) -> M:
        """A copy, with every string in it redacted, keys of dicts too. A mark may be longer than
        the secret: where that breaks the model's own limits, no string grows."""
        redacted = self._model(model, grow=True)
        if redacted is not model and not _valid(redacted):
            return self._model(model, grow=False)
        return redacted

    def _once(self, text: str) -> str:
        text = _between_marks(text, self._without_known)
        lower = text.lower()
        for pattern in SECRET_PATTERNS:
            if any(hint in lower for hint in pattern.hints):
                text = _between_marks(text, partial(_without, pattern))
        return text

    def _without_known(self, text: str) -> str:
        # Searching for one plain string after the other is far quicker than one expression of all.
        found = [form for form in self._forms if form in text]
        if not found:
            return text
        return re.sub("|".join(map(re.escape, found)), f"[redacted: {KNOWN}]", text)

    def _model(self, model: M, *, grow: bool) -> M:
        before = dict(model)
        after = {name: self._value(value, grow) for name, value in before.items()}
        changed = {name: value for name, value in after.items() if value is not before[name]}
        return model.model_copy(update=changed) if changed else model

    def _value(self, value: Any, grow: bool) -> Any:
        """The very same object when nothing in it is secret."""
        match value:
            case Enum():
                return value
            case str():
                redacted = self.text(value)
                kept = redacted if grow else redacted[: len(value)]
                return value if redacted == value else kept
            case bytes():
                return self.data(value)
            case BaseModel():
                return self._model(value, grow=grow)
            case dict():
                items = [(self._value(k, grow), self._value(v, grow)) for k, v in value.items()]
                return dict(items) if dict(items) != value else value
            case list() | tuple() | set() | frozenset():
                items = [self._value(item, grow) for item in value]
                return type(value)(items) if items != list(value) else value
            case _:
                return value


def _between_marks(text: str, change: Callable[[str], str]) -> str:
    parts = MARK.split(text)
    parts[::2] = map(change, parts[::2])
    return "".join(parts)


def _without(pattern: SecretPattern, text: str) -> str:
    def replaced(match: re.Match[str]) -> str:
        start, end = (place - match.start() for place in match.span(match.lastgroup or 0))
        return f"{match[0][:start]}[redacted: {pattern.kind}]{match[0][end:]}"

    return pattern.expression.sub(replaced, text)


def _forms(value: str) -> Iterator[str]:
    raw = value.encode(errors="surrogateescape")
    yield value
    yield from _in_base64(raw)
    for encoded in (quote_plus(raw), *(quote(raw, safe=safe) for safe in SAFE)):
        yield encoded
        yield PERCENT.sub(lambda match: match[0].lower(), encoded)
    yield json.dumps(value)[1:-1]
    yield json.dumps(value, ensure_ascii=False)[1:-1]


def _in_base64(raw: bytes) -> Iterator[str]:
    """The characters that stay the same whatever comes before and behind: one byte may begin at
    any of three places within four characters."""
    for before in range(3):
        bits = 8 * (before + len(raw))
        start, end = -(-8 * before // 6), bits // 6
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            yield encode(b"\0" * before + raw).decode()[start:end]


def _valid(model: BaseModel) -> bool:
    try:
        type(model).model_validate(model.model_dump())
    except ValidationError:
        return False
    return True
