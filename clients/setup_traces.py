"""What a set-up has left in a checkout, and whether another checkout could do with it."""

import json
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from urllib.parse import unquote, urlsplit

from clients.foreign_files import UnreadableFileError, read_foreign
from contracts.repository_settings import RepositorySettings
from policy.project_setup import decides, is_by_the_way, is_dependency

MAX_LOCK_FILE = 2**26
MAX_ORIGIN = 2**16
GIT = ".git"
Look = tuple[int, int, int]
Snapshot = dict[str, Look]


@dataclass(frozen=True)
class Traces:
    """`kept` are new folders of dependencies, `others` what else is new or changed."""

    kept: tuple[str, ...]
    others: tuple[str, ...]


def snapshot(checkout: Path) -> Snapshot:
    """Each file and folder, with what changes when somebody writes to it. Raises OSError."""
    return {name: _look(checkout / name) for name in _below(checkout, _is_looked_into)}


def traces(checkout: Path, before: Snapshot, settings: RepositorySettings) -> Traces:
    """Of what is new only the topmost is named."""
    kept, others = list[str](), list[str]()
    for name in _below(checkout, lambda name: name in before):
        look = _look(checkout / name)
        if name not in before and is_dependency(os.path.basename(name)):
            kept.append(name)
        elif _differs(look, before.get(name)) and not is_by_the_way(name, settings):
            others.append(name)
    return Traces(tuple(kept), tuple(others))


def lock_files(checkout: Path, settings: RepositorySettings) -> list[tuple[str, str]]:
    """What decides on a set-up: sorted names, each with a hash of its content.
    Raises UnreadableFileError, OSError."""
    names = [name for name in _below(checkout, _is_looked_into) if decides(name, settings)]
    paths = [(name, checkout / name) for name in sorted(names)]
    return [(name, _hash(path)) for name, path in paths if path.is_symlink() or not path.is_dir()]


def copies_of(checkout: Path, places: list[Path]) -> list[str]:
    """Distributions below `places` that were installed from the checkout as copies. Tests would
    go on testing those, whatever changes. See PEP 610 for direct_url.json."""
    origins = [
        origin
        for place in places
        for origin in sorted(place.glob("lib*/python*/site-packages/*.dist-info/direct_url.json"))
        if _is_copy(origin, checkout)
    ]
    return sorted({origin.parent.name.partition("-")[0] for origin in origins})


def _is_copy(origin: Path, checkout: Path) -> bool:
    try:
        said = json.loads(read_foreign(origin, MAX_ORIGIN) or b"{}")
        url, editable = urlsplit(said["url"]), said.get("dir_info", {}).get("editable", False)
    except (UnreadableFileError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return True  # Whoever hides where it comes from is not believed.
    inside = Path(os.path.realpath(unquote(url.path))).is_relative_to(checkout)
    return url.scheme == "file" and inside and editable is not True


def _below(checkout: Path, enters: Callable[[str], bool]) -> Iterator[str]:
    """Names of files and folders from the checkout's top on, and what is in those folders that
    it enters. No recursion: folders may be nested deeper than Python's calls."""
    folders = [""]
    while folders:
        folder = folders.pop()
        with os.scandir(checkout / folder) as entries:
            for entry in entries:
                if entry.name == GIT:
                    continue
                name = os.path.join(folder, entry.name)
                yield name
                if entry.is_dir(follow_symlinks=False) and enters(name):
                    folders.append(name)


def _is_looked_into(name: str) -> bool:
    return not is_dependency(os.path.basename(name))


def _differs(now: Look, before: Look | None) -> bool:
    """A folder is no other one because of what is in it."""
    both_folders = before is not None and stat.S_ISDIR(now[0]) and stat.S_ISDIR(before[0])
    return now != before and not both_folders


def _look(path: Path) -> Look:
    about = path.lstat()
    return about.st_mode, about.st_size, about.st_mtime_ns


def _hash(path: Path) -> str:
    if path.is_symlink():
        return f"link to {os.readlink(path)}"
    return sha256(read_foreign(path, MAX_LOCK_FILE) or b"").hexdigest()
