"""Reads any JSON without ever failing: what is missing, or of another kind, is empty."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime

from contracts.text import MAX_LINE, storable

MOST_ITEMS = 1_000
LARGEST_ID, LARGEST_NUMBER = 2**63 - 1, 2**31 - 1
_COMMIT = re.compile(r"[0-9a-f]{7,64}")
_EPOCH = re.compile(r"[0-9]{9,11}\.[0-9]{1,6}")
# Milliseconds since 1970 are larger than this, seconds are not.
_MILLISECONDS = 10**11


class Payload:
    """A place in a JSON document."""

    def __init__(self, value: object) -> None:
        self.value = value

    def at(self, *path: str) -> "Payload":
        value = self.value
        for name in path:
            value = value.get(name) if isinstance(value, dict) else None
        return Payload(value)

    def each(self, *path: str) -> "Sequence[Payload]":
        """The items of a list."""
        value = self.at(*path).value
        return [Payload(one) for one in value[:MOST_ITEMS]] if isinstance(value, list) else []

    def values(self, *path: str) -> "Sequence[Payload]":
        """What an object holds, under whatever names."""
        value = self.at(*path).value
        held = list(value.values()) if isinstance(value, dict) else []
        return [Payload(one) for one in held[:MOST_ITEMS]]

    def text(self, *path: str, limit: int = 10_000) -> str:
        value = self.at(*path).value
        return str(storable(value[:limit])) if isinstance(value, str) else ""

    def line(self, *path: str) -> str:
        return " ".join(self.text(*path, limit=MAX_LINE).split())

    def moment(self, *path: str) -> datetime | None:
        """From ISO 8601, GitLab's `2013-12-03 17:23:34 UTC`, Slack's `1548426417.840180`, from
        seconds or milliseconds."""
        try:
            moment = _moment(self.at(*path).value)
            moment = moment.astimezone(UTC) if moment else None
        except (ValueError, OverflowError, OSError):
            return None
        return moment if moment and 2000 <= moment.year < 2200 else None


def _moment(value: object) -> datetime | None:
    if isinstance(value, str) and _EPOCH.fullmatch(value):
        return datetime.fromtimestamp(float(value), UTC)
    if isinstance(value, str) and len(value) <= 40:
        moment = datetime.fromisoformat(value.removesuffix(" UTC"))
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if isinstance(value, int) and not isinstance(value, bool):
        seconds = value / 1_000 if value > _MILLISECONDS else value
        return datetime.fromtimestamp(seconds, UTC)
    return None


def is_true(payload: Payload) -> bool:
    return payload.value is True


def is_there(payload: Payload) -> bool:
    return payload.value is not None


def id_of(payload: Payload) -> str:
    """Providers spell ids as numbers or as text."""
    value = payload.value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value) if abs(value) <= LARGEST_ID else ""
    return payload.line()


def number_of(payload: Payload) -> int | None:
    """A pull request's: positive, and small enough for a column."""
    value = payload.value
    whole = isinstance(value, int) and not isinstance(value, bool)
    return value if whole and isinstance(value, int) and 0 < value <= LARGEST_NUMBER else None


def commit_of(payload: Payload) -> str | None:
    text = payload.text(limit=65)
    return text if _COMMIT.fullmatch(text) else None


def url_of(payload: Payload) -> str | None:
    """Only what may be shown as a link."""
    text = payload.text(limit=2_000)
    return text if text.startswith(("https://", "http://")) else None
