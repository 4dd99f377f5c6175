"""Ctrl-C while a program still loads: it ends, and nobody sees a traceback.

Raised as usual it would hit the making of some model, which then fails with an error of its own.
"""

import os
import signal
from types import FrameType

INTERRUPTED = 130


def end_the_loading() -> None:
    """From now on Ctrl-C ends the process at once, unless whoever started it had it ignored."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _end)


def be_raised_again() -> None:
    """All is loaded: Ctrl-C is what Python and asyncio make of it."""
    if signal.getsignal(signal.SIGINT) is _end:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _end(_number: int, _frame: FrameType | None) -> None:
    os._exit(INTERRUPTED)
