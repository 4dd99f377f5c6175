"""The command line's entry: all of it is in cli/."""

import interrupts

if __name__ == "__main__":
    interrupts.end_the_loading()

import gc
import os
import sys

from cli.app import run
from cli.deferred import deferred
from streams import write_what_can_be_shown


def main() -> int:
    # To load a command makes a hundred thousand objects and no garbage: looking for some took a
    # fifth of the time.
    gc.set_threshold(50_000, 20, 50)
    write_what_can_be_shown()
    surroundings = deferred("cli.surroundings:of_this_process")
    return run(surroundings, sys.argv[1:], interrupts.be_raised_again)


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    # The interpreter's own end sometimes crashes inside the SDK; all is closed by now.
    os._exit(code)
