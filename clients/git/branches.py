"""A branch of a remote repository, and plain pushes to it."""

import os
import re
from dataclasses import dataclass
from posixpath import normpath

from clients.git.errors import (
    AccessDeniedError,
    BranchInUseError,
    BranchLockedError,
    ForeignCommitsError,
    GitFailedError,
    PushRefusedError,
    RepositoryUnreachableError,
)
from clients.git.mirrors import Mirror
from clients.git.program import TRANSFER, presentable
from clients.git.remotes import HEADS, Remote, check_commit_id
from policy.branches import Tips

NAMED_COMMITS = 5
ABSENT: Tips = frozenset({None})
# A lock that is held, and no branch in the way: git tells both in words only, kept by LC_ALL=C.
LOCKED = re.compile(r"cannot lock ref '.*': Unable to create '(.+)': File exists")


@dataclass(frozen=True)
class Branch:
    mirror: Mirror
    name: str

    @property
    def remote(self) -> Remote:
        return self.mirror.remote

    async def push(self, commit: str, allowed: Tips) -> None:
        """Puts the branch at `commit` if it is at one of `allowed` now (None: there is no such
        branch). Repeatable: a branch that is at `commit` already is a success. Never forces.

        Raises ForeignCommitsError, BranchInUseError, PushRefusedError, AccessDeniedError,
        BranchLockedError, RepositoryUnreachableError.
        """
        check_commit_id(commit)
        if await self._is_at(commit, allowed):
            return
        try:
            await self.remote.contact(
                self.mirror.git,
                *("push", "--quiet", "--porcelain", "--", self.remote.url),
                f"{commit}:{HEADS}{self.name}",
                timeout=TRANSFER,
            )
        except GitFailedError as error:
            # An error does not mean that nothing was written; and somebody may have been quicker.
            if not await self._is_at(commit, allowed):
                raise await self._refusal(error) from error

    async def taken(self, tip: str, base: str) -> ForeignCommitsError:
        """Why no work upon `base` can begin on the branch, which is at `tip`."""
        return ForeignCommitsError(
            f"Branch {self.name} of {self.remote.url} is at {tip[:10]} already, where this Slipway "
            f"did not put it, so no work was begun: it could not be pushed there. "
            f"{await self._named(tip, base)} The branch may be a person's, another Slipway's, or "
            f"of a ledger that is gone. To keep it, give it another name (git branch -m), else "
            f"delete it (git branch -D); then start the work again."
        )

    async def _is_at(self, commit: str, allowed: Tips) -> bool:
        tip = await self.remote.branch_commit(self.name)
        if tip == commit or tip in allowed:
            return tip == commit
        raise ForeignCommitsError(await self._foreign(commit, tip))

    async def _foreign(self, commit: str, tip: str | None) -> str:
        where = f"Branch {self.name} of {self.remote.url}"
        if tip is None:
            return (
                f"{where} is gone: somebody deleted it, so {commit[:10]} was not pushed. Ask who "
                f"did. To go on, put the branch back where it was, and start the work again."
            )
        return (
            f"{where} is at {tip[:10]}, where Slipway did not put it, so {commit[:10]} was not "
            f"pushed. {await self._named(tip, commit)} Look at them: to keep them, let the work "
            f"start again from there; otherwise move the branch back, and start it again."
        )

    async def _named(self, tip: str, commit: str) -> str:
        try:
            await self.mirror.refresh()
            log = await self.mirror.git.run(
                *(
                    "log",
                    f"--max-count={NAMED_COMMITS + 1}",
                    "--format=%h by %an <%ae>: %<(60,trunc)%s",
                ),
                *(tip, "--not", commit),
            )
        except (GitFailedError, AccessDeniedError, RepositoryUnreachableError) as error:
            return f"Its commits can't be listed now ({error})."
        lines = [line.strip()[:200] for line in presentable(log).split("\n") if line]
        if not lines:
            return f"It was moved back, or is old: all that it holds is in {commit[:10]} too."
        more = ["and more"] if len(lines) > NAMED_COMMITS else []
        return "Foreign commits: " + "; ".join(lines[:NAMED_COMMITS] + more) + "."

    async def _refusal(self, error: GitFailedError) -> Exception:
        reasons = [
            line.rpartition("\t")[2]
            for line in error.printed.decode(errors="replace").splitlines()
            if line.startswith("!\t")
        ]
        if not reasons:
            return RepositoryUnreachableError(
                f"The push to {self.remote.url} broke off. Git said: {error.said}"
            )
        if lock := LOCKED.search(error.said):
            return BranchLockedError(
                f"Branch {self.name} of {self.remote.url} is locked: {normpath(lock[1])} is there. "
                f"Another git is writing it, and the push is tried again; or a git was killed and "
                f"left the file. If no git runs there any more, remove it, and the work goes on."
            )
        if holder := await self._holder():
            return BranchInUseError(
                f"Branch {self.name} is checked out in {holder}, so it can't be pushed to: the "
                f"files there would no longer fit. Switch to another branch there (git switch -), "
                f"and the work goes on by itself."
            )
        return PushRefusedError(
            f"{self.remote.url} refused the push to {self.name}: {'; '.join(reasons)}. "
            f"Change what refuses it, and start the work again. Git said: {error.said}"
        )

    async def _holder(self) -> str | None:
        """The working copy that has the branch checked out, where we can see that."""
        if not self.remote.is_local:
            return None
        listed = await self.remote.git.run("-C", self.remote.url, "worktree", "list", "--porcelain")
        for entry in os.fsdecode(listed).split("\n\n"):
            lines = entry.split("\n")
            if f"branch {HEADS}{self.name}" in lines:
                return lines[0].removeprefix("worktree ")
        return None
