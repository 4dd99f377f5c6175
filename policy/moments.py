"""Moments as people read them."""

from datetime import UTC, datetime


def in_utc(moment: datetime) -> str:
    """`2026-01-31 12:00 UTC`: the same wherever it is read."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
