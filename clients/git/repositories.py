"""Git repositories as the activities and the command line see them."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

from clients.git import checkout_folders, commit_authors, committed_files, mirrors, working_copies
from clients.git.branches import ABSENT, Branch
from clients.git.checkout_folders import CheckoutFolder
from clients.git.checkouts import Checkout, open_checkout
from clients.git.errors import ForeignCommitsError
from clients.git.mirrors import Mirror
from clients.git.program import Git
from clients.git.remotes import Remote, Tip
from clients.git.repository_facts import meeting_point, numstat, patch
from contracts.credentials import Credentials
from policy.branches import Tips
from policy.relevance import ChangedFile
from policy.repositories import check_branch_name, check_repository_url


class Repositories:
    """Keeps mirrors and checkouts under `state_dir`; several processes may share it.

    `environment` is the process's own: what git needs of it to reach a host (SSH agent, proxies,
    certificates) is passed on, and nothing else. Every method that takes an address raises
    UnsafeRepositoryUrlError for one that policy/repositories.py refuses, and AccessDeniedError
    when its host refuses us. `credentials` are asked before each contact with an https host.
    """

    def __init__(
        self,
        state_dir: Path,
        environment: Mapping[str, str],
        *,
        allow_local: bool = True,
        credentials: Credentials | None = None,
    ) -> None:
        self._state = state_dir.resolve()
        self._mirrors = self._state / "mirrors"
        self._mirrors.mkdir(parents=True, exist_ok=True)
        self._git = Git(self._state / "git", environment)
        self._allow_local = allow_local
        self._credentials = credentials

    async def tip(self, repo_url: str) -> Tip:
        """The default branch right now. Raises NotARepositoryError, EmptyRepositoryError,
        RepositoryUnreachableError."""
        return await self._remote(repo_url).tip()

    async def tips(self, repo_url: str, branch: str) -> tuple[Tip, str | None]:
        """The default branch, and where this one is (None: there is no such branch), for the
        price of one question. Raises what `tip` raises."""
        check_branch_name(branch)
        return await self._remote(repo_url).tips(branch)

    async def branch_commit(self, repo_url: str, branch: str) -> str | None:
        """Where the branch is in the repository right now; None when there is no such branch."""
        check_branch_name(branch)
        return await self._remote(repo_url).branch_commit(branch)

    @asynccontextmanager
    async def checkout(self, repo_url: str, commit: str, token: str) -> AsyncIterator[Checkout]:
        """A folder for one agent's run, removed at the end whatever the agent did to it.

        Raises UnknownCommitError, CheckoutInUseError, and what `tip` raises.
        """
        mirror = self._mirror(repo_url)
        folder = CheckoutFolder.claim(self._checkouts, token)
        async with open_checkout(mirror, folder, commit) as checkout:
            yield checkout

    async def read(self, repo_url: str, commit: str, path: str, most: int = 65_536) -> bytes | None:
        """A file of a commit, which this host or the repository has; None when there is none.
        Symbolic links and submodules are no files. `path` is relative to the top.

        Raises FileTooLargeError above `most` bytes, UnknownCommitError, and what `tip` raises.
        """
        return await committed_files.read(self._mirror(repo_url), commit, path, most)

    async def push(self, repo_url: str, commit: str, branch: str, allowed: Tips = ABSENT) -> None:
        """Puts the branch, which is at one of `allowed` (None: absent), at a commit that this host
        or the repository has. Repeatable. Raises UnknownCommitError and what Branch.push raises."""
        check_branch_name(branch)
        mirror = self._mirror(repo_url)
        await mirror.bring(commit)
        await Branch(mirror, branch).push(commit, allowed)

    async def taken(self, repo_url: str, branch: str, tip: str, base: str) -> ForeignCommitsError:
        """What to raise instead of beginning work upon `base` on a branch that is at `tip`: it
        names the commits there, which are fetched for it."""
        return await Branch(self._mirror(repo_url), branch).taken(tip, base)

    async def changed(self, repo_url: str, base: str, commit: str) -> tuple[ChangedFile, ...]:
        """What the branch at `commit` changes, file by file, for whoever has `base`: not what
        came to `base` after it was left. Raises UnknownCommitError and what `tip` raises."""
        return await numstat(*await self._span(repo_url, base, commit))

    async def authors(self, repo_url: str, base: str, tip: str, branch: str) -> tuple[str, ...]:
        """Whom the commits of the branch name that came upon `base`, by e-mail address, at most
        50. Raises RetryLaterError where the branch has left `tip`, and what `tip` raises."""
        return await commit_authors.authors(self._mirror(repo_url), base, tip, branch)

    async def patch(self, repo_url: str, base: str, commit: str) -> tuple[str, bool]:
        """The diff of what `changed` lists, and whether it was cut. Raises what that raises."""
        return await patch(*await self._span(repo_url, base, commit))

    async def inspect_local(self, path: Path) -> working_copies.LocalRepository:
        """What the command line needs to know of the folder it was called in. Touches nothing.
        Raises NotARepositoryError, EmptyRepositoryError."""
        return await working_copies.inspect(self._git, path)

    async def sweep(self, older_than: timedelta) -> int:
        """Removes the checkouts of dead processes, and says how many went."""
        return await asyncio.to_thread(checkout_folders.sweep, self._checkouts, older_than)

    async def tidy(self) -> None:
        """Keeps the mirrors quick. Takes seconds, and minutes where it was not done for long."""
        await mirrors.tidy(self._git, self._mirrors)

    async def _span(self, repo_url: str, base: str, commit: str) -> tuple[Git, str, str]:
        mirror = self._mirror(repo_url)
        await mirror.bring(base)
        await mirror.bring(commit)
        return mirror.git, await meeting_point(mirror.git, base, commit) or base, commit

    @property
    def _checkouts(self) -> Path:
        return self._state / "checkouts"

    def _remote(self, repo_url: str) -> Remote:
        check_repository_url(repo_url, allow_local=self._allow_local)
        return Remote(self._git, repo_url, self._credentials)

    def _mirror(self, repo_url: str) -> Mirror:
        return Mirror(self._mirrors, self._remote(repo_url))
