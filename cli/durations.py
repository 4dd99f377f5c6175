"""Durations as people write them on the command line: 30m, 2h, 1d12h, or ISO 8601."""

from datetime import timedelta

from pydantic import TypeAdapter, ValidationError

from cli.exits import WrongUseError
from cli.terminal import plain
from policy.playbooks import with_durations

DURATION = TypeAdapter(timedelta)


def duration(text: str) -> timedelta:
    """As a playbook reads its `patience`. Raises WrongUseError."""
    try:
        found = DURATION.validate_python(with_durations({"patience": text})["patience"])
    except ValidationError:
        found = timedelta()
    if found <= timedelta():
        raise WrongUseError(f"{plain(text, 60)!r} is no duration: say 90s, 30m, 2h or 7d.")
    return found


SIZES = ((86_400, "d"), (3_600, "h"), (60, "m"), (1, "s"))


def short(time: timedelta, *, days: bool = True) -> str:
    """As `duration` reads it, to the second: `2h30m`. Without `days`: `54h`."""
    whole, parts = round(time.total_seconds()), []
    for size, letter in SIZES if days else SIZES[1:]:
        count, whole = divmod(whole, size)
        if count:
            parts.append(f"{count}{letter}")
    return "".join(parts) or f"{time.total_seconds():g}s"
