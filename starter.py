"""The command line's entry: all of it is in cli/."""

import gc
import os
import sys

try:
    from cli.app import run
    from cli.deferred import deferred
    from streams import write_what_can_be_shown
except KeyboardInterrupt:  # Loading takes a moment, in which Ctrl-C is no reason for a traceback.
    sys.exit(130)


def main() -> int:
    # To load a command makes a hundred thousand objects and no garbage: looking for some took a
    # fifth of the time.
    gc.set_threshold(50_000, 20, 50)
    write_what_can_be_shown()
    return run(deferred("cli.surroundings:of_this_process"), sys.argv[1:])


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    # The interpreter's own end sometimes crashes inside the SDK; all is closed by now.
    os._exit(code)
