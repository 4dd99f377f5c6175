"""What is written to a terminal and read from one; nobody's text may control it."""

import asyncio
import sys
from datetime import timedelta

from rich.console import Console

from contracts.text import clipped
from policy.moments import in_hours


def plain(text: str, limit: int = 500) -> str:
    """One line without control, bidirectional or invisible characters, at most `limit` long."""
    visible = "".join(letter if letter.isprintable() else " " for letter in text)
    return clipped(" ".join(visible.split()), limit)


def output() -> Console:
    """Standard output: what was asked for. Nothing in it is read as markup."""
    return Console(markup=False, highlight=False, emoji=False, soft_wrap=True)


def say(line: str) -> None:
    """Remarks go to standard error, so that standard output stays what was asked for."""
    for part in line.splitlines():
        # Not by a console of its own: a live view, which stands in for the stream, must hear of it.
        print(plain(part, 2_000), file=sys.stderr, flush=True)


def is_terminal() -> bool:
    """Whether a person reads what we print, and can answer."""
    # A stream that the caller has closed is None.
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout))


def can_redraw() -> bool:
    """Whether what is shown there can be shown anew: not on a terminal that only takes lines."""
    return is_terminal() and not output().is_dumb_terminal


def elapsed(duration: timedelta, *, in_days: bool = True) -> str:
    """`0.4 s`, `12 s`, `3 min 05 s`, `2 h 04 min`, `3 d 2 h`; without days `74 h 00 min`"""
    hours = round(duration.total_seconds()) // 3_600
    if hours < 24 or not in_days:
        return in_hours(duration)
    return f"{hours // 24} d {hours % 24} h"


def percentage(part: int, whole: int) -> str:
    """`100%` only of what is all of it, `0%` only of what is none."""
    if 0 < part < whole:
        rounded = round(100 * part / whole)
        return f"{min(max(rounded, 1), 99)}%"
    return "100%" if part else "0%"


async def read_line(prompt: str) -> str | None:
    """A line typed by a person, None at the end of input. Can be cancelled, unlike input()."""
    print(prompt, end="", flush=True)
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    loop.add_reader(sys.stdin.fileno(), ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(sys.stdin.fileno())
    # In the terminal's usual mode, what can be read is a whole line.
    line = sys.stdin.readline()
    return line.strip() if line else None
