"""Files that commands are given."""

import sys
from pathlib import Path

from cli.exits import NotFoundError
from cli.terminal import plain


def read(file: str | Path, limit: int) -> bytes:
    """Its beginning; `-` is standard input. Raises NotFoundError."""
    name = str(file)
    try:
        if name == "-":
            return sys.stdin.buffer.read(limit)
        with open(name, "rb") as opened:
            return opened.read(limit)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise NotFoundError(f"{plain(name, 200)} can't be read: {reason}.") from error
