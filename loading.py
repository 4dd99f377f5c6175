"""How a long-lived process loads, which takes seconds: what is wrong is said before, and Ctrl-C
ends it at once."""

import argparse
import gc

from interrupts import end_the_loading


def begin(name: str, purpose: str | None) -> None:
    """To be called before anything else is imported. Ends the process with 0 when it is asked for
    help, and with 2 for arguments: it takes none."""
    end_the_loading()
    told = "It is told all it needs by environment variables: .env.example lists them."
    argparse.ArgumentParser(f"{name}.py", description=purpose, epilog=told).parse_args()
    gc.disable()  # What is loaded stays: a fifth of the time, for no garbage. entry.py ends it.
