"""A host's own bare copy of a repository, shared by all its workers; mends itself."""

import asyncio
import hashlib
import logging
import re
import shutil
import time
import uuid
from datetime import timedelta
from pathlib import Path

from clients.file_locks import waiting_lock
from clients.git.errors import (
    GitFailedError,
    GitTimedOutError,
    PartialCloneError,
    RepositoryUnreachableError,
    UnknownCommitError,
)
from clients.git.program import TRANSFER, Git
from clients.git.remotes import Remote, check_commit_id

PACK_REFS = ("pack-refs", "--all")
GC = (
    # With 6,000 loose objects, git's own measure, a fetch takes ten times as long as with none.
    *("-c", "gc.auto=1000", "-c", "gc.autoDetach=false"),
    # Large packs are not written anew: whoever has to fetch waits meanwhile.
    *("-c", "gc.bigPackThreshold=100m"),
    *("gc", "--auto", "--quiet"),
)
# What git writes first, and leaves where it is killed or finds no room. Longer than it may take.
DRAFTS = ("objects/??/tmp_*", "objects/pack/tmp_*", "objects/pack/.tmp-*")
ABANDONED = timedelta(hours=1)
log = logging.getLogger(__name__)
FETCH = (
    *("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance"),
    # From a shallow repository git takes the commits otherwise, but not where their history ends.
    "--update-shallow",
)
GENERATION = "slipway-generation"
# Git tells no other way, and LC_ALL=C keeps the words.
LACKING = re.compile(r"could not fetch [0-9a-f]+ from promisor remote")


class Mirror:
    """`git` works on it. It also keeps the commits made here until they are pushed; they are on
    no branch, and nothing collects them before two weeks have passed."""

    def __init__(self, folder: Path, remote: Remote) -> None:
        name = hashlib.sha256(remote.url.encode(errors="surrogateescape")).hexdigest()[:32]
        self.path = folder / f"{name}.git"
        self.remote = remote
        self.git = remote.git.within(folder, GIT_DIR=self.path)
        self._lock = folder / f"{name}.lock"

    @property
    def horizon(self) -> Path:
        """Lists the commits whose parents are not here, since they are not in the repository; no
        such file where all are."""
        return self.path / "shallow"

    def generation(self) -> str:
        """Changes whenever the mirror is made anew; empty when there is none."""
        try:
            return (self.path / GENERATION).read_text()
        except OSError:
            return ""

    async def has(self, commit: str) -> bool:
        try:
            await self.git.run("cat-file", "-e", f"{commit}^{{commit}}")
        except GitFailedError as error:
            if error.status < 0:  # Killed or out of time: that says nothing about the commit.
                raise
            return False
        return True

    async def bring(self, commit: str) -> None:
        """Makes sure the commit is here. Raises UnknownCommitError, and what reading the
        repository raises."""
        check_commit_id(commit)
        if await self.has(commit):
            return
        async with waiting_lock(self._lock):
            if not await self.has(commit):
                await self._refresh()
            if not await self.has(commit):
                await self._fetch_exactly(commit)

    async def refresh(self) -> None:
        async with waiting_lock(self._lock):
            await self._refresh()

    async def renew(self, broken: str) -> None:
        """Makes it anew, unless that was done since its generation was `broken`."""
        async with waiting_lock(self._lock):
            if self.generation() == broken:
                await self._make()
                await self._refresh()

    async def _refresh(self) -> None:
        if not self.generation():
            await self._make()
        try:
            await self._fetch()
        except GitTimedOutError as error:
            raise RepositoryUnreachableError(f"{self.remote.url}: {error}") from error
        except GitFailedError:
            await self.remote.tip()  # Raises when the fault is there and not here.
            await self._mend()
            await self._fetch_again()

    async def _fetch(self) -> None:
        await self._contact(*FETCH, "--prune", "--", self.remote.url, "+refs/heads/*:refs/heads/*")

    async def _contact(self, *arguments: str) -> None:
        await self.remote.contact(self.git, *arguments, timeout=TRANSFER)

    async def _fetch_again(self) -> None:
        try:
            await self._fetch()
        except GitFailedError as error:
            if LACKING.search(error.said):
                raise PartialCloneError(_how_to_fill(self.remote.url, error.said)) from error
            raise RepositoryUnreachableError(
                f"{self.remote.url} can be read, but not fetched. Git said: {error.said}"
            ) from error

    async def _fetch_exactly(self, commit: str) -> None:
        """For a commit on no branch: a detached HEAD, a branch that was rewritten."""
        try:
            await self._contact(*FETCH, "--", self.remote.url, commit)
        except GitFailedError as error:
            if error.status < 0:
                raise
            raise UnknownCommitError(
                f"Commit {commit} is neither on this host nor in {self.remote.url}. It was never "
                f"pushed, or was removed there. The step that made it must run again. "
                f"Git said: {error.said}"
            ) from error

    async def _mend(self) -> None:
        """A git that was killed leaves lock files; all else that is broken is made anew, though
        not a large sound mirror because of one torn connection."""
        for lock in self.path.rglob("*.lock"):
            lock.unlink(missing_ok=True)
        try:
            await self.git.run("fsck", "--connectivity-only", "--no-dangling", timeout=TRANSFER)
        except GitTimedOutError:
            await self._make()
        except GitFailedError as error:
            if error.status < 0:  # Killed. Made anew, it would lack the commits not pushed yet.
                raise
            await self._make()

    async def _make(self) -> None:
        """Puts an empty mirror in place in one step, so that nobody sees half of one."""
        draft, old = self.path.with_suffix(".new"), self.path.with_suffix(".old")
        for leftover in (draft, old):
            shutil.rmtree(leftover, ignore_errors=True)
        await self.remote.git.run("init", "--quiet", "--bare", "--template=", str(draft))
        (draft / GENERATION).write_text(str(uuid.uuid4()))
        if self.path.exists():
            self.path.rename(old)
        draft.rename(self.path)
        shutil.rmtree(old, ignore_errors=True)


def _how_to_fill(url: str, said: str) -> str:
    return (
        f"{url} is a partial clone: it lacks files of its history, which only the repository it "
        "was cloned from has. Make a project of that one instead. Or fill the clone, in its "
        "folder: git config --unset remote.origin.partialclonefilter, then git fetch --refetch; "
        f"and start again. Git said: {said}"
    )


async def tidy(git: Git, folder: Path) -> None:
    """Packs the loose objects of mirrors that have a thousand of them, and all branches; removes
    what was written in vain. To be done again and again: every step of an agent leaves objects, and
    all of them slow each fetch."""
    for path in await asyncio.to_thread(lambda: sorted(folder.glob("*.git"))):
        own = git.within(folder, GIT_DIR=path)
        async with waiting_lock(path.with_suffix(".lock")):
            try:
                await asyncio.to_thread(_clear, path)
                await own.run(*PACK_REFS, timeout=TRANSFER)
                await own.run(*GC, timeout=TRANSFER)
            except (GitFailedError, OSError) as error:  # A broken one is mended when it is used.
                log.warning("mirror %s was not tidied: %s", path.name, error)


def _clear(mirror: Path) -> None:
    """Of what nobody writes any more: it may have taken all the room there was."""
    oldest = time.time() - ABANDONED.total_seconds()
    for draft in (path for pattern in DRAFTS for path in mirror.glob(pattern)):
        if draft.lstat().st_mtime < oldest:
            draft.unlink()
