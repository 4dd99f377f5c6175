"""Writing files into a folder where a program may have laid traps."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
DRAFT = ".slipway-draft"


class UnwritablePathError(Exception):
    """It leads out of the folder, into its repository, through a link, or onto a folder."""


def write_below(folder: Path, files: Mapping[str, str]) -> None:
    """`files` maps paths relative to the folder to their texts. Repeatable. A link at the end of
    a path is replaced, one on the way is an error. Raises UnwritablePathError, before anything is
    written where the path alone tells."""
    split = {path: _checked(path) for path in files}
    for path, parts in split.items():
        try:
            with _opened(folder, parts[:-1]) as parent:
                _write(parent, parts[-1], files[path].encode(errors="replace"))
        except OSError as error:
            raise UnwritablePathError(f"{path!r} cannot be written: {error.strerror}") from error


def _checked(path: str) -> list[str]:
    parts = path.split("/")
    if "\0" in path or any(part.lower() in {"", ".", "..", ".git", DRAFT} for part in parts):
        raise UnwritablePathError(f"{path[:200]!r} is not the path of a file of the repository")
    return parts


@contextmanager
def _opened(folder: Path, names: list[str]) -> Iterator[int]:
    """The folder of these names, made where there is none. From one open folder to the next, so
    that nobody can put a link in between."""
    current = os.open(folder, FOLDER)
    try:
        for name in names:
            with suppress(FileExistsError):
                os.mkdir(name, dir_fd=current)
            inner = os.open(name, FOLDER, dir_fd=current)
            os.close(current)
            current = inner
        yield current
    finally:
        os.close(current)


def _write(parent: int, name: str, content: bytes) -> None:
    with suppress(FileNotFoundError):
        os.unlink(DRAFT, dir_fd=parent)
    opened = os.open(DRAFT, NEW_FILE, 0o644, dir_fd=parent)
    try:
        with os.fdopen(opened, "wb") as file:
            file.write(content)
        os.replace(DRAFT, name, src_dir_fd=parent, dst_dir_fd=parent)
    except OSError:
        os.unlink(DRAFT, dir_fd=parent)
        raise
