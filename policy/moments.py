"""Moments as people read them."""

from datetime import UTC, datetime, timedelta


def in_utc(moment: datetime) -> str:
    """`2026-01-31 12:00 UTC`: the same wherever it is read."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def in_hours(duration: timedelta) -> str:
    """`0.4 s`, `12 s`, `3 min 05 s`, `74 h 00 min`. No days: one of business hours is as long as
    its calendar says, and hours mean the same to all."""
    seconds = max(duration.total_seconds(), 0)
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3_600:
        return f"{whole // 60} min {whole % 60:02} s"
    return f"{whole // 3_600} h {whole // 60 % 60:02} min"
