"""Removing what a hostile program left: closed, endlessly deep, or still being written."""

import os
import shutil
import stat
import subprocess
from pathlib import Path


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
    _open_up(path)
    # Python goes no deeper than its stack; rm does.
    subprocess.run(["rm", "-rf", "--", path], stderr=subprocess.DEVNULL, check=False)
    if path.exists():
        raise OSError(f"{path} cannot be removed")


def _open_up(path: Path) -> None:
    """Nothing in a link's target: it may point out of here."""
    waiting = [os.fspath(path)]
    while waiting:
        folder = waiting.pop()
        try:
            os.chmod(folder, stat.S_IRWXU)
            with os.scandir(folder) as found:
                waiting += [entry.path for entry in found if entry.is_dir(follow_symlinks=False)]
        except OSError:  # Gone, or too deep: rm says whether that matters.
            continue
