"""A fork bomb that goes out by itself after a thousand."""

import contextlib
import os
import sys
import time


def main() -> None:
    for _ in range(1000):
        with contextlib.suppress(BlockingIOError):
            if os.fork() == 0:
                time.sleep(600)
    sys.stdout.write('{"status": "completed", "summary": "no harm done"}')


main()
