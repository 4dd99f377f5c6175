"""What a repository says of its branches right now."""

import asyncio
import re
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

from clients.git.denials import denial
from clients.git.errors import (
    EmptyRepositoryError,
    GitFailedError,
    GitTimedOutError,
    NotARepositoryError,
    RepositoryUnreachableError,
    UnknownCommitError,
)
from clients.git.program import QUERY, Git
from contracts.credentials import Credentials, GitCredential
from policy.repositories import check_resolved, host_of

COMMIT = re.compile(r"[0-9a-f]{40}")
HEADS = "refs/heads/"


def check_commit_id(commit: str) -> None:
    """Anything but a full id might be read as an option or as another commit."""
    if not COMMIT.fullmatch(commit):
        raise UnknownCommitError(f"{commit[:80]!r} is not a full commit id (40 hex digits).")


@dataclass(frozen=True)
class Tip:
    """`branch` is None when HEAD is detached, as in many a CI job's clone."""

    branch: str | None
    commit: str


@dataclass(frozen=True)
class Remote:
    git: Git
    url: str
    credentials: Credentials | None = None

    @property
    def is_local(self) -> bool:
        return self.url.startswith("/")

    async def contact(self, git: Git, *arguments: str, timeout: timedelta) -> bytes:
        """Runs a git that talks to the repository, the only kind that is given its credential.
        Raises AccessDeniedError and NotARepositoryError for what its host refuses, and
        UnsafeRepositoryUrlError for a host whose name leads inwards by now."""
        await self._demand_outward()
        credential = await self._credential()
        if credential is not None:
            git = git.answering(urlsplit(self.url).netloc, credential)
        try:
            return await git.run(*arguments, timeout=timeout)
        except GitTimedOutError:
            raise
        except GitFailedError as error:
            if refusal := denial(self.url, error, credential):
                raise refusal from error
            raise

    async def tip(self) -> Tip:
        """The default branch. Raises NotARepositoryError, EmptyRepositoryError,
        RepositoryUnreachableError."""
        return await self._default(*await self._listed("HEAD"))

    async def tips(self, branch: str) -> tuple[Tip, str | None]:
        """The default branch and, asked in the same breath, where this one is; None when there is
        no such branch. Raises what `tip` raises."""
        default, refs = await self._listed("HEAD", HEADS + branch)
        return await self._default(default, refs), refs.get(HEADS + branch)

    async def branch_commit(self, branch: str) -> str | None:
        _, refs = await self._listed(HEADS + branch)
        return refs.get(HEADS + branch)

    async def _default(self, branch: str | None, refs: dict[str, str]) -> Tip:
        if "HEAD" not in refs:
            raise EmptyRepositoryError(await self._why_empty())
        if not COMMIT.fullmatch(refs["HEAD"]):
            raise NotARepositoryError(
                f"{self.url} names its commits by SHA-256, which Slipway does not work with. "
                "Use a repository with SHA-1 names."
            )
        return Tip(branch, refs["HEAD"])

    async def _demand_outward(self) -> None:
        """Git looks the name up once more: this is for addresses that always lead inwards."""
        host = host_of(self.url)
        if host is None or (self.git.proxied and self.url.startswith("https://")):
            return
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host, None)
        except (OSError, UnicodeError):
            return  # Git says it too, and may know a way.
        check_resolved(self.url, {str(info[4][0]) for info in found})

    async def _credential(self) -> GitCredential | None:
        """Only for https: ssh has keys of its own."""
        if self.credentials is None or not self.url.startswith("https://"):
            return None
        return await self.credentials.of(self.url)

    async def _why_empty(self) -> str:
        _, refs = await self._listed(HEADS + "*")
        branches = ", ".join(sorted(name.removeprefix(HEADS) for name in refs)[:5])
        if not branches:
            return (
                f"{self.url} has no commit yet, so there is nothing to work on. "
                "Make a first commit there, and start again."
            )
        return (
            f"The default branch of {self.url} has no commit, but there are others ({branches}). "
            "Make one of them the default (git symbolic-ref HEAD refs/heads/NAME), start again."
        )

    async def _listed(self, *patterns: str) -> tuple[str | None, dict[str, str]]:
        """The branch HEAD stands for, and the refs that match one of these."""
        try:
            lines = await self.contact(
                self.git, "ls-remote", "--symref", "--", self.url, *patterns, timeout=QUERY
            )
        except GitTimedOutError as error:
            raise RepositoryUnreachableError(f"{self.url} does not answer: {error}") from error
        except GitFailedError as error:
            raise self._unreadable(error) from error
        return _parsed(lines.decode(errors="surrogateescape"))

    def _unreadable(self, error: GitFailedError) -> Exception:
        # Git ends with 128 whatever went wrong. A path is there or not; a host may come back.
        if self.is_local:
            return NotARepositoryError(
                f"{self.url} is not a repository that git can read. Give the top folder of a "
                f"working copy, or make one there with git init. Git said: {error.said}"
            )
        return RepositoryUnreachableError(
            f"{self.url} can't be read. Check the address (redirects are not followed), the "
            f"worker's access to it, and the network. Git said: {error.said}"
        )


def _parsed(lines: str) -> tuple[str | None, dict[str, str]]:
    branch, refs = None, {}
    for line in filter(None, lines.split("\n")):
        value, _, name = line.partition("\t")
        if not value.startswith("ref: "):
            refs[name] = value
        elif name == "HEAD":
            branch = value.removeprefix("ref: ").removeprefix(HEADS)
    return branch, refs
