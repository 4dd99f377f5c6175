"""Set-ups that are kept for later runs: found by what decides on them, used last, removed last."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from clients.file_locks import FileLock
from clients.kept_trees import MANIFEST, keep, lay
from clients.tree_removal import remove_tree

MOST_KEPT = 20
BUILDING = ".building"
LOCK = ".lock"


@dataclass(frozen=True)
class SetupCache:
    """In `folder`, which several processes may share. What is said of a key is said while its
    lock is held."""

    folder: Path
    most: int = MOST_KEPT

    def lock(self, key: str) -> Path:
        """Where its lock lies. What one repository may fetch is no other one's to read."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return self.folder / f"{key}{LOCK}"

    def lay(self, key: str, roots: Mapping[str, Path]) -> bool:
        """False when nothing is kept under the key, or nothing that could still be used."""
        entry = self.folder / key
        if not (entry / MANIFEST).exists():
            return False
        try:
            lay(entry, roots)
        except (OSError, ValueError):
            _remove(entry)
            return False
        os.utime(entry / MANIFEST)
        return True

    def keep(
        self, key: str, trees: Mapping[tuple[str, str], Path], roots: Mapping[str, Path]
    ) -> None:
        """All or nothing. Raises TooMuchToKeepError, OSError."""
        building = self.folder / f"{key}{BUILDING}"
        _remove(building)
        try:
            keep(trees, roots, building)
            _remove(self.folder / key)
            os.rename(building, self.folder / key)
        finally:
            _remove(building)

    def prune(self) -> None:
        """Removes what was not used for longest, beyond the most that are kept, and what dead
        processes have left half-done. What is in use is left alone."""
        names = os.listdir(self.folder) if self.folder.is_dir() else []
        kept = [name for name in names if not name.endswith((BUILDING, LOCK))]
        kept.sort(key=lambda name: _used(self.folder / name))
        half = [name for name in names if name.endswith(BUILDING)]
        for name in half + kept[: max(0, len(kept) - self.most)]:
            self._drop(name)

    def _drop(self, name: str) -> None:
        lock = FileLock.acquire(self.lock(name.removesuffix(BUILDING)))
        if lock is None:
            return
        try:
            _remove(self.folder / name)
        finally:
            lock.release()


def _used(entry: Path) -> float:
    try:
        return (entry / MANIFEST).stat().st_mtime
    except OSError:
        return 0.0


def _remove(folder: Path) -> None:
    """The manifest goes first: without it nobody takes the rest for whole."""
    (folder / MANIFEST).unlink(missing_ok=True)
    remove_tree(folder)
