"""Reads any JSON without ever failing: what is missing, or of another kind, is empty."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from contracts.text import MAX_LINE, storable

MOST_ITEMS = 1_000
COMMIT = re.compile(r"[0-9a-f]{7,64}")
EPOCH = re.compile(r"[0-9]{9,11}\.[0-9]{1,6}")
LARGEST = 2**63 - 1


class Payload:
    """A place in a JSON document."""

    def __init__(self, value: object) -> None:
        self._value = value

    def at(self, *path: str) -> "Payload":
        value = self._value
        for name in path:
            value = value.get(name) if isinstance(value, dict) else None
        return Payload(value)

    def each(self, *path: str) -> "Sequence[Payload]":
        value = self.at(*path)._value
        return [Payload(one) for one in value[:MOST_ITEMS]] if isinstance(value, list) else []

    def values(self, *path: str) -> "Sequence[Payload]":
        value = self.at(*path)._value
        return (
            [Payload(one) for one in list(value.values())[:MOST_ITEMS]]
            if isinstance(value, dict)
            else []
        )

    def text(self, *path: str, limit: int = 10_000) -> str:
        value = self.at(*path)._value
        return str(storable(value[:limit])) if isinstance(value, str) else ""

    def line(self, *path: str) -> str:
        return " ".join(self.text(*path, limit=MAX_LINE).split())

    def id(self, *path: str) -> str:
        """Providers spell ids as numbers or as text."""
        number = self.whole(*path)
        return self.line(*path) if number is None else str(number)

    def whole(self, *path: str) -> int | None:
        value = self.at(*path)._value
        whole = isinstance(value, int) and not isinstance(value, bool)
        return value if whole and isinstance(value, int) and abs(value) <= LARGEST else None

    def number(self, *path: str) -> int | None:
        """Of a pull request: positive, and small enough for a column."""
        value = self.whole(*path)
        return value if value is not None and 0 < value < 2**31 else None

    def yes(self, *path: str) -> bool:
        return self.at(*path)._value is True

    def there(self, *path: str) -> bool:
        return self.at(*path)._value is not None

    def commit(self, *path: str) -> str | None:
        text = self.text(*path, limit=65)
        return text if COMMIT.fullmatch(text) else None

    def url(self, *path: str) -> str | None:
        """Only what may be shown as a link."""
        text = self.text(*path, limit=2_000)
        return text if text.startswith(("https://", "http://")) else None

    def moment(self, *path: str) -> datetime | None:
        """From ISO 8601, from GitLab's `2013-12-03 17:23:34 UTC`, from Slack's
        `1548426417.840180`, from seconds or milliseconds."""
        value: Any = self.at(*path)._value
        try:
            if isinstance(value, str) and EPOCH.fullmatch(value):
                moment = datetime.fromtimestamp(float(value), UTC)
            elif isinstance(value, str) and len(value) <= 40:
                moment = datetime.fromisoformat(value.removesuffix(" UTC"))
            elif isinstance(value, int) and not isinstance(value, bool):
                moment = datetime.fromtimestamp(value / 1_000 if value > 10**11 else value, UTC)
            else:
                return None
            moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
            moment = moment.astimezone(UTC)
        except (ValueError, OverflowError, OSError):
            return None
        return moment if 2000 <= moment.year < 2200 else None
