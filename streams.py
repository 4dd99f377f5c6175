"""Where programs write what people read, whatever their terminals can show."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper


def write_what_can_be_shown() -> None:
    """A letter that the terminal's encoding lacks becomes a question mark, and no failure."""
    for stream in (sys.stdout, sys.stderr):
        # A stream that the caller has closed is None.
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")


@contextmanager
def written_out() -> Iterator[None]:
    """All that is printed inside is written at its end. Ends the program with 1, and no traceback,
    when whoever reads has seen enough."""
    write_what_can_be_shown()
    try:
        try:
            yield
        finally:
            if sys.stdout is not None:
                sys.stdout.flush()
    except BrokenPipeError:
        # What is left in the buffer must not fail a second time, when Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(1) from None
