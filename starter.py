"""Composition root of the command line: what the commands in cli/ are given to work with."""

import os
import sys

try:
    from cli.app import run
    from cli.context import Surroundings
    from settings import Settings
    from stack.addresses import BadAddressError
    from stack.given import servers
    from stack.temporal import SEARCH_ATTRIBUTES
    from stack.user import ServerDownError
except KeyboardInterrupt:  # Loading takes a second, in which Ctrl-C is no reason for a traceback.
    sys.exit(130)


def main() -> int:
    surroundings = Surroundings(
        settings=Settings,
        servers=servers,
        environment=os.environ,
        search_attributes=SEARCH_ATTRIBUTES,
        away=(ServerDownError,),
        misconfigured=(BadAddressError,),
    )
    return run(surroundings, sys.argv[1:])


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    # The interpreter's own end sometimes crashes inside the SDK; all is closed by now.
    os._exit(code)
