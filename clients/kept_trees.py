"""Folders kept for later runs, and laid out there with the paths in them put right."""

import os
import shutil
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import BaseModel

from clients.tree_removal import discard

MANIFEST = "kept.json"
# Longer files are programs and data, never a script or a list of paths.
MAX_TEXT = 2**20
MOST_BYTES = 4 * 2**30
# Deeper than any package manager nests, and shallow enough for whoever removes it.
MOST_DEPTH = 100
# The next run may be another user's.
READ, EXECUTE = 0o444, 0o111


class TooMuchToKeepError(Exception):
    """More bytes, or folders in each other, than a cache should take."""


class Kept(BaseModel, frozen=True):
    """`roots` says where each root stood when its trees were kept, `trees` which folders and
    files of it those are; `speaking` are the entries with such a path in them."""

    roots: dict[str, str]
    trees: tuple[tuple[str, str], ...]
    speaking: frozenset[str]


@dataclass
class _Keeper:
    roots: Mapping[str, Path]
    entry: Path
    most: int
    speaking: set[str] = field(default_factory=set)
    size: int = 0

    def keep(self, source: Path, name: str) -> None:
        target = self.entry / name
        target.parent.mkdir(parents=True, exist_ok=True)
        for step in _walked(source, target):
            if len(step.source.relative_to(source).parts) > MOST_DEPTH:
                raise TooMuchToKeepError(f"folders nested deeper than {MOST_DEPTH}")
            if self._copied(step.source, step.target):
                self.speaking.add(str(step.target.relative_to(self.entry)))

    def _copied(self, source: Path, target: Path) -> bool:
        """Whether one of the roots is named in it."""
        about = source.lstat()
        if stat.S_ISDIR(about.st_mode):
            target.mkdir()
            return False
        if stat.S_ISLNK(about.st_mode):
            os.symlink(os.readlink(source), target)
            return self._speaks(os.fsencode(os.readlink(source)))
        self.size += about.st_size
        if self.size > self.most:
            raise TooMuchToKeepError(f"more than {self.most:,} bytes")
        shutil.copy2(source, target)
        executable = EXECUTE if about.st_mode & stat.S_IXUSR else 0
        os.chmod(target, stat.S_IWUSR | READ | executable)
        return about.st_size <= MAX_TEXT and self._speaks(target.read_bytes())

    def _speaks(self, content: bytes) -> bool:
        known = any(os.fsencode(root) in content for root in self.roots.values())
        return known and b"\0" not in content


@dataclass(frozen=True)
class _Step:
    source: Path
    target: Path


def keep(
    trees: Mapping[tuple[str, str], Path],
    roots: Mapping[str, Path],
    entry: Path,
    most: int = MOST_BYTES,
) -> None:
    """Makes the folder `entry` of trees, each named by its root and its path below that.
    Raises TooMuchToKeepError, OSError."""
    entry.mkdir(parents=True)
    keeper = _Keeper(roots, entry, most)
    for (root, name), source in trees.items():
        keeper.keep(source, f"{root}/{name}")
    places = {root: str(path) for root, path in roots.items()}
    kept = Kept(roots=places, trees=tuple(trees), speaking=frozenset(keeper.speaking))
    (entry / MANIFEST).write_text(kept.model_dump_json())


def lay(entry: Path, roots: Mapping[str, Path]) -> None:
    """Lays the trees out below the roots of another run, all or none. What is there already stays
    as it is. Raises OSError, ValueError when the entry is not whole."""
    kept = Kept.model_validate_json((entry / MANIFEST).read_bytes())
    layer, laid = _Layer(entry, kept, roots), list[Path]()
    try:
        for root, name in kept.trees:
            if _is_free(target := roots[root] / name, roots[root]):
                laid.append(target)
                layer.lay(entry / root / name, target)
    except OSError:
        for target in laid:
            discard(target)
        raise


@dataclass(frozen=True)
class _Layer:
    """Copies, and never links: a run that writes into its own would write into all others."""

    entry: Path
    kept: Kept
    roots: Mapping[str, Path]

    def lay(self, source: Path, target: Path) -> None:
        for step in _walked(source, target):
            name = str(step.source.relative_to(self.entry))
            self._laid(step, name in self.kept.speaking)

    def _laid(self, step: _Step, speaks: bool) -> None:
        source, target = step.source, step.target
        if source.is_symlink():
            link = os.fsencode(os.readlink(source))
            os.symlink(self._moved(link) if speaks else link, target)
        elif source.is_dir():
            target.mkdir()
        elif speaks:
            target.write_bytes(self._moved(source.read_bytes()))
            shutil.copymode(source, target)
        else:
            shutil.copy2(source, target)

    def _moved(self, content: bytes) -> bytes:
        for root, path in self.roots.items():
            content = content.replace(os.fsencode(self.kept.roots[root]), os.fsencode(path))
        return content


def _is_free(target: Path, root: Path) -> bool:
    """A link that the repository has on the way could lead anywhere."""
    parent = target.parent
    real = parent.is_dir() and parent.resolve().is_relative_to(root) and parent.resolve() == parent
    return real and not os.path.lexists(target)


def _walked(source: Path, target: Path) -> Iterator[_Step]:
    """Files, links and folders, each folder before what is in it. Sockets, pipes and devices are
    nothing to keep. No recursion: folders may be nested deeper than Python's calls."""
    steps = [_Step(source, target)]
    while steps:
        step = steps.pop()
        mode = step.source.lstat().st_mode
        if stat.S_ISREG(mode) or stat.S_ISLNK(mode) or stat.S_ISDIR(mode):
            yield step
        if stat.S_ISDIR(mode):
            names = sorted(os.listdir(step.source))
            steps.extend(_Step(step.source / name, step.target / name) for name in names)
