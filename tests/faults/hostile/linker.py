"""Puts links to a secret wherever somebody may read or write through them."""

import contextlib
import os
import sys

SECRET = sys.argv[1]


def main() -> None:
    os.remove("README.txt")
    os.symlink(SECRET, "README.txt")
    os.symlink(os.path.dirname(SECRET), "folder")
    with contextlib.suppress(OSError):
        os.link(SECRET, "hard")
    report = os.environ["SLIPWAY_REPORT"]
    with contextlib.suppress(OSError):
        os.remove(report)
    if sys.argv[2:] == ["report"]:
        os.symlink(SECRET, report)
    sys.stdout.write('{"status": "completed", "summary": "linked"}')


main()
