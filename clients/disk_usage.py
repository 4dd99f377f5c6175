"""How much of the disk folders take, of which a hostile program may have made anything."""

import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

MAX_ENTRIES = 1_000_000
# Linux's PATH_MAX, with the NUL at its end.
LONGEST = 4096


class TooMuchError(Exception):
    """More than anybody has the time to count."""


@dataclass
class DiskUsage:
    """Of `folders` together, hard links once. What is there now does not count, unless it is more
    than can be counted."""

    folders: tuple[Path, ...]
    _before: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        with suppress(TooMuchError):
            self._before = _taken(self.folders, limit=None)

    def reaches(self, limit: int) -> bool:
        """Whether `limit` bytes or more came since; counts no further than that."""
        try:
            return _taken(self.folders, self._before + limit) >= self._before + limit
        except TooMuchError:
            return True


def entries(folder: Path) -> Iterator[os.DirEntry[str]]:
    """All below `folder`, however deep, following no link. What vanishes meanwhile is left out.
    Raises TooMuchError where a path is longer than the system takes."""
    waiting = [os.fspath(folder)]
    while waiting:
        for entry in _listed(waiting.pop()):
            if len(os.fsencode(entry.path)) >= LONGEST:
                raise TooMuchError(f"a path of more than {LONGEST:,} bytes")
            yield entry
            if entry.is_dir(follow_symlinks=False):
                waiting.append(entry.path)


def _listed(path: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(path) as found:
            return list(found)
    except PermissionError:
        return _opened(path)
    except FileNotFoundError:
        return []
    except OSError as error:
        raise TooMuchError(str(error)) from error


def _opened(path: str) -> list[os.DirEntry[str]]:
    """A closed folder of our own user hides nothing from us."""
    try:
        os.chmod(path, stat.S_IRWXU)
        with os.scandir(path) as found:
            return list(found)
    except OSError:
        return []


def _taken(folders: Iterable[Path], limit: int | None) -> int:
    taken, counted, linked = 0, 0, set()
    for entry in (entry for folder in folders for entry in entries(folder)):
        try:
            about = entry.stat(follow_symlinks=False)
        except OSError:
            continue
        if about.st_nlink > 1 and not stat.S_ISDIR(about.st_mode):
            if about.st_ino in linked:
                continue
            linked.add(about.st_ino)
        taken += about.st_blocks * 512
        counted += 1
        if limit is not None and taken >= limit:
            break
        if limit is not None and counted > MAX_ENTRIES:
            raise TooMuchError(f"more than {MAX_ENTRIES:,} files")
    return taken
