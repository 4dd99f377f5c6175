"""The folder of one agent's run: made, guarded while its process lives, removed for good."""

import hashlib
import logging
import re
import shutil
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from time import time
from typing import Self

from clients.file_locks import FileLock
from clients.git.errors import CheckoutInUseError
from clients.tree_removal import remove_tree

BRANCH = "refs/heads/work"
# Whoever works here may be another user: he gets to his folder, and sees no other one.
PASSAGE, PRIVATE = 0o711, 0o700
CONFIGURATION = """\
[core]
\trepositoryformatversion = 0
\tfilemode = true
\tbare = false
\tlogallrefupdates = true
[user]
\tname = agent
\temail = agent@slipway.invalid
"""


@dataclass(frozen=True)
class CheckoutFolder:
    """`work` is the agent's; beside it lies what it must not touch."""

    root: Path
    lock: FileLock

    @classmethod
    def claim(cls, checkouts: Path, token: str) -> Self:
        """Ours alone, until removed. Raises CheckoutInUseError while another attempt lives."""
        root = checkouts / _folder_name(token)
        lock = FileLock.acquire(root.with_suffix(".lock"))
        if lock is None:
            raise CheckoutInUseError(f"Another attempt still works in {root}.")
        return cls(root, lock)

    @property
    def work(self) -> Path:
        return self.root / "work"

    @property
    def index(self) -> Path:
        return self.root / "index"

    def lay_out(self, commit: str, horizon: Path) -> Path:
        """A repository for the agent alone, on a branch at `commit`; says where packs go. What
        an earlier attempt left is removed first. History ends where the file `horizon` says."""
        remove_tree(self.root)
        for folder, mode in (
            (self.root.parent, PASSAGE),
            (self.root, PASSAGE),
            (self.work, PRIVATE),
        ):
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(mode)
        repository = self.work / ".git"
        for name in ("objects/pack", "objects/info", "refs/heads", "refs/tags"):
            (repository / name).mkdir(parents=True)
        (repository / "config").write_text(CONFIGURATION)
        (repository / "HEAD").write_text(f"ref: {BRANCH}\n")
        (repository / BRANCH).write_text(f"{commit}\n")
        with suppress(FileNotFoundError):
            shutil.copyfile(horizon, repository / "shallow")
        return repository / "objects/pack/pack"

    def hand_over_index(self) -> None:
        """A copy, later than all files it lists: so git can tell that a file changed since."""
        shutil.copyfile(self.index, self.work / ".git/index")

    def remove(self) -> None:
        """Removes and unlocks in one go, so that a cancelled caller leaves no lock."""
        try:
            remove_tree(self.root)
        except OSError as error:
            # A process the agent left behind may still write; the sweep comes again.
            logging.getLogger(__name__).warning("%s was not removed: %s", self.root, error)
        finally:
            self.lock.release()


def sweep(checkouts: Path, older_than: timedelta) -> int:
    """Removes what dead processes left, and says how many."""
    latest = time() - older_than.total_seconds()
    removed = 0
    for entry in sorted(checkouts.glob("*")):
        root = entry.with_suffix("")
        try:
            old = entry.lstat().st_mtime <= latest
        except FileNotFoundError:
            continue  # Its owner was quicker.
        if old and (lock := FileLock.acquire(root.with_suffix(".lock"))):
            CheckoutFolder(root, lock).remove()
            removed += 1
    return removed


def _folder_name(token: str) -> str:
    """Readable, and safe whatever the token is."""
    digest = hashlib.sha256(token.encode(errors="surrogateescape")).hexdigest()[:16]
    return f"{re.sub(r'[^A-Za-z0-9_-]+', '-', token)[:60]}-{digest}"
