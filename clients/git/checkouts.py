"""An agent's checkout: what it sees, what it changed, and the commit made of that."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from clients.git.checkout_folders import CheckoutFolder
from clients.git.disk_room import demand_room
from clients.git.errors import (
    GitFailedError,
    NestedRepositoryError,
    UncommittableFilesError,
)
from clients.git.identities import CommitSignature
from clients.git.mirrors import Mirror
from clients.git.program import TRANSFER, Git
from clients.git.remotes import check_commit_id
from clients.git.staged_files import (
    GITLINK,
    SUBMODULES,
    StagedFile,
    as_in_the_base,
    filled_submodules,
    parsed,
    untouched,
)

# Git asks a nested repository for its status by a child that obeys the configuration planted
# there (filters run programs). A git that finds no program at all refuses such a tree instead.
NO_PROGRAMS = {"PATH": "/dev/null", "GIT_EXEC_PATH": "/dev/null"}


@dataclass(frozen=True)
class Checkout:
    """`path` is what the agent works in: files and a `.git` of its own, with the history of
    `base` and no remote. That `.git` is never trusted: only the files count, and they are read
    with the mirror as repository and an index beside the checkout."""

    path: Path
    base: str
    mirror: Mirror
    git: Git
    identity: os.stat_result

    async def changed_files(self) -> list[str]:
        """Sorted paths, relative to the top. Raises UncommittableFilesError."""
        return [file.name for file in await self._staged()]

    async def commit(self, author: str, message: str, when: datetime) -> str | None:
        """The id of a commit on top of `base`; None when nothing changed. The same files,
        author, message and second make the same id. Raises UncommittableFilesError."""
        signature = CommitSignature(author, when)
        if not await self._staged():
            return None
        tree = (await self.git.run("write-tree")).decode().strip()
        signed = self.mirror.git.within(self.mirror.path, **signature.variables())
        text = message.replace("\0", "").encode(errors="replace").strip() or b"(no message)"
        made = await signed.run("commit-tree", tree, "-p", self.base, stdin=text + b"\n")
        return made.decode().strip()

    async def _staged(self) -> list[StagedFile]:
        """Everything that differs from `base`, after taking in the files."""
        if not self.path.is_dir() or not os.path.samestat(os.lstat(self.path), self.identity):
            raise UncommittableFilesError(f"The agent replaced its checkout {self.path.name}.")
        # Left by a git that was killed; nobody else uses this index.
        self.path.with_name("index.lock").unlink(missing_ok=True)
        try:
            await self.git.within(self.path, **NO_PROGRAMS).run("add", "--all")
        except GitFailedError as error:
            raise await asyncio.to_thread(_why_not_added, self.path, error) from error
        raw = await self.git.run(
            *("diff-index", "--cached", "--raw", "-z", "--no-renames", "--ignore-submodules=none"),
            self.base,
        )
        changes = parsed(raw)
        if nested := [file.name for file in changes if file.mode == GITLINK]:
            raise NestedRepositoryError(_nested(nested))
        await self._demand_empty_submodules(changes)
        return await self._without_untouched(changes)

    async def _demand_empty_submodules(self, changes: list[StagedFile]) -> None:
        # Where the agent removed the file that explains them, the links are there still.
        changed = any(file.path == SUBMODULES for file in changes)
        named = os.fsencode(self.path) + b"/" + SUBMODULES
        if not changed and not await asyncio.to_thread(os.path.lexists, named):
            return
        listed = await self.git.run("ls-files", "--stage", "-z")
        if filled := await asyncio.to_thread(lambda: list(filled_submodules(self.path, listed))):
            raise UncommittableFilesError(_in_submodules(filled))

    async def _without_untouched(self, changes: list[StagedFile]) -> list[StagedFile]:
        same = frozenset(await asyncio.to_thread(untouched, self.path, changes))
        if not same:
            return changes
        await self.git.run("update-index", "-z", "--index-info", stdin=as_in_the_base(same))
        return [file for file in changes if file not in same or file.mode != file.base_mode]


@asynccontextmanager
async def open_checkout(
    mirror: Mirror, folder: CheckoutFolder, commit: str
) -> AsyncIterator[Checkout]:
    """Fills the folder, and removes it at the end. A mirror that can't give what it should have
    is made anew, once."""
    try:
        yield await _filled(mirror, folder, commit)
    finally:
        await asyncio.shield(asyncio.to_thread(folder.remove))


async def _filled(mirror: Mirror, folder: CheckoutFolder, commit: str) -> Checkout:
    check_commit_id(commit)
    # Quicker than asking first: nearly always the mirror has the commit.
    if mirror.generation() and (checkout := await _fill_if_sound(mirror, folder, commit)):
        return checkout
    await mirror.bring(commit)
    generation = mirror.generation()
    if checkout := await _fill_if_sound(mirror, folder, commit):
        return checkout
    # Made anew, it lacks the commits that nobody has pushed yet: not because of a full disk.
    await asyncio.to_thread(demand_room, mirror.path.parent)
    await mirror.renew(generation)
    await mirror.bring(commit)
    return await _fill(mirror, folder, commit)


async def _fill_if_sound(mirror: Mirror, folder: CheckoutFolder, commit: str) -> Checkout | None:
    try:
        return await _fill(mirror, folder, commit)
    except GitFailedError as error:
        if error.status < 0:  # Killed or out of time: that says nothing about the mirror.
            raise
        return None


async def _fill(mirror: Mirror, folder: CheckoutFolder, commit: str) -> Checkout:
    packs = await asyncio.to_thread(folder.lay_out, commit, mirror.horizon)
    git = mirror.git.within(folder.work, GIT_WORK_TREE=folder.work, GIT_INDEX_FILE=folder.index)
    done = await asyncio.gather(
        mirror.git.run(
            *("pack-objects", "-q", "--revs", "--window=0", "--delta-base-offset", str(packs)),
            stdin=f"{commit}\n".encode(),
            timeout=TRANSFER,
        ),
        git.run("read-tree", "-m", "-u", commit, timeout=TRANSFER),
        return_exceptions=True,
    )
    for result in done:
        if isinstance(result, BaseException):
            raise result
    await asyncio.to_thread(folder.hand_over_index)
    return Checkout(folder.work, commit, mirror, git, os.lstat(folder.work))


def _why_not_added(work: Path, error: GitFailedError) -> Exception:
    nested = [
        os.path.relpath(os.path.join(folder, name), work)
        for folder, names, files in os.walk(work)
        for name in names + files
        if name == ".git" and folder != str(work)
    ]
    if nested:
        return NestedRepositoryError(_nested(nested))
    if error.status < 0:
        return error  # Killed or out of time: that says nothing about the files.
    try:
        demand_room(work.parent)
    except OSError as full:
        return full
    return UncommittableFilesError(
        f"Git can't take in what the agent left, so nothing was committed. It said: {error.said}"
    )


def _nested(paths: list[str]) -> str:
    named = ", ".join(repr(path[:200]) for path in paths[:5])
    return (
        f"The agent left a repository inside the repository ({named}), so nothing was committed: "
        "its files would be lost in a link that nobody can follow. Let the agent remove it, or "
        "name the folder in .gitignore."
    )


def _in_submodules(paths: list[str]) -> str:
    named = ", ".join(repr(path[:200]) for path in paths[:5])
    return (
        f"The agent left files in a submodule ({named}), so nothing was committed: they belong to "
        "another repository, and would be lost. Work on them in a project of that repository."
    )
