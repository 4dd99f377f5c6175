"""Whether it was the disk that git stumbled over."""

import tempfile
from pathlib import Path

PIECE, PIECES = bytes(2**20), 16


def demand_room(folder: Path) -> None:
    """Raises OSError where the disk takes no 16 MiB now. Tried out, because git ends with 128
    whatever went wrong."""
    with tempfile.TemporaryFile(dir=folder) as file:
        for _ in range(PIECES):
            file.write(PIECE)
