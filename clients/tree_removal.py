"""Removing what a hostile program left: closed, endlessly deep, or still being written."""

import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4


def remove_tree(path: Path) -> None:
    """Also what an agent made unreadable or unwritable. Raises OSError where something stays."""
    try:
        shutil.rmtree(path)
    except FileNotFoundError:
        return
    except (OSError, RecursionError):
        _remove_stubborn(path)


def discard(path: Path) -> None:
    """Whatever it is. Raises OSError."""
    if path.is_dir() and not path.is_symlink():
        remove_tree(path)
    else:
        path.unlink(missing_ok=True)


def _remove_stubborn(path: Path) -> None:
    """Lifts all folders to the top one by one: neither Python's stack nor a path's length bounds
    how deep they may lie."""
    path.chmod(stat.S_IRWXU)
    with _opened(os.fspath(path)) as top:
        while names := os.listdir(top):
            for name in names:
                _flatten(name, top)
    path.rmdir()


def _flatten(name: str, top: int) -> None:
    if not _is_opened_folder(name, top):
        os.unlink(name, dir_fd=top)
        return
    with _opened(name, top) as folder:
        for child in os.listdir(folder):
            if _is_opened_folder(child, folder):
                os.rename(child, uuid4().hex, src_dir_fd=folder, dst_dir_fd=top)
            else:
                os.unlink(child, dir_fd=folder)
    os.rmdir(name, dir_fd=top)


def _is_opened_folder(name: str, folder: int) -> bool:
    """One that was closed is opened: it could not even be moved."""
    if not stat.S_ISDIR(os.lstat(name, dir_fd=folder).st_mode):
        return False
    os.chmod(name, stat.S_IRWXU, dir_fd=folder)
    return True


@contextmanager
def _opened(name: str, folder: int | None = None) -> Iterator[int]:
    descriptor = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=folder)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
