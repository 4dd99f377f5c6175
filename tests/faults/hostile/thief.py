"""Looks for a word everywhere: in memory, in other checkouts, in the worker's files, at home.

Called with the word and the places to look in; says where it was found.
"""

import glob
import os
import sys

WORD, PLACES = sys.argv[1].encode(), sys.argv[2:]


def read(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read(2**20)
    except OSError:
        return b""


def everything() -> list[str]:
    found = [name for name in glob.glob("/proc/[0-9]*/environ") if str(os.getpid()) not in name]
    for place in PLACES:
        found += [place, *glob.glob(f"{place}/**", recursive=True, include_hidden=True)]
    for link in ("cwd", "root", "fd/3"):
        found += [f"/proc/{os.getppid()}/{link}/{name}" for name in (".env", "secret")]
    return found


def main() -> None:
    thefts = [path for path in everything() if WORD in read(path)]
    sys.stdout.write(f'{{"status": "completed", "summary": "stole {len(thefts)}: {thefts}"}}')


main()
