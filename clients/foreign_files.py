"""Reading files that a program may have put there to fool us."""

import os
import stat
from pathlib import Path


class UnreadableFileError(Exception):
    """No regular file, not ours to read, or too long."""


def read_foreign(file: Path, limit: int) -> bytes | None:
    """None when there is no such file. Neither follows a link nor waits at a named pipe.
    Raises UnreadableFileError."""
    try:
        opened = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UnreadableFileError(f"{file.name} cannot be read: {error.strerror}") from error
    # Opened without buffer and by number: io.open refuses folders in words of its own.
    try:
        if not stat.S_ISREG(os.fstat(opened).st_mode):
            raise UnreadableFileError(f"{file.name} is not a regular file")
        return _all_of(opened, file.name, limit)
    finally:
        os.close(opened)


def _all_of(opened: int, name: str, limit: int) -> bytes:
    said = bytearray()
    while piece := os.read(opened, limit + 1 - len(said)):
        said += piece
    if len(said) > limit:
        raise UnreadableFileError(f"{name} is longer than {limit:,} bytes")
    return bytes(said)
