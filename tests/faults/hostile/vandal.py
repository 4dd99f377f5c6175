"""Writes wherever it is told to, and whatever could take effect later. Says where that worked."""

import os
import sys

NAMES = (
    ".bashrc",
    ".gitconfig",
    ".ssh/authorized_keys",
    "hooks/pre-receive",
    "config",
    "leader.json",
)


def spoil(place: str) -> bool:
    try:
        os.makedirs(os.path.dirname(place), exist_ok=True)
        with open(place, "a") as file:
            file.write("spoilt\n")
    except OSError:
        return False
    return True


def replace(place: str) -> bool:
    try:
        os.rename(place, f"{place}-away")
    except OSError:
        return False
    return True


def main() -> None:
    spoilt = [
        f"{place}/{name}" for place in sys.argv[1:] for name in NAMES if spoil(f"{place}/{name}")
    ]
    spoilt += [place for place in sys.argv[1:] if replace(place)]
    spoil(f"/tmp/slipway-vandal-{os.getpid()}")
    sys.stdout.write(f'{{"status": "completed", "summary": "spoilt {len(spoilt)}: {spoilt}"}}')


main()
