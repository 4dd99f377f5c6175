"""A person's own repository on this machine: looked at, never touched."""

import asyncio
import os
from dataclasses import dataclass
from pathlib import Path

from clients.git.errors import GitFailedError, NotARepositoryError
from clients.git.program import Git
from clients.git.remotes import Remote


@dataclass(frozen=True)
class LocalRepository:
    """`path` is the top folder, fit to be a project's repository address. `branch` is None when
    HEAD is detached. `changed_files` are not committed, so agents won't see those changes."""

    path: Path
    branch: str | None
    commit: str
    changed_files: list[str]


async def inspect(git: Git, path: Path) -> LocalRepository:
    """Raises NotARepositoryError, EmptyRepositoryError."""
    top = await _top(git, str(await asyncio.to_thread(path.absolute)))
    tip = await Remote(git, top).tip()
    return LocalRepository(Path(top), tip.branch, tip.commit, await _changed(git, top))


async def _top(git: Git, path: str) -> str:
    """A bare repository has no working copy; there it is the repository's own folder."""
    for question in ("--show-toplevel", "--absolute-git-dir"):
        try:
            said = await git.run("-C", path, "rev-parse", question)
        except GitFailedError as error:
            failure = error
        else:
            return os.fsdecode(said).removesuffix("\n")
    raise NotARepositoryError(
        f"{path} is not inside a git repository, so there is nothing agents could work on. Go to "
        f"your repository, or make one there with git init and a first commit. "
        f"Git said: {failure.said}"
    ) from failure


async def _changed(git: Git, top: str) -> list[str]:
    try:
        said = await git.run(
            *("-C", top, "status", "--porcelain", "-z", "--no-renames"),
            "--ignore-submodules=dirty",
        )
    except GitFailedError:
        return []  # Bare: nothing is checked out.
    entries = said.decode(errors="backslashreplace").split("\0")
    return [entry[3:] for entry in entries if entry]
