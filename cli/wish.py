"""What somebody wants worked, checked as far as this machine can, before anything is made."""

import asyncio
import os
import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from cli.exits import NotFoundError, WrongUseError
from cli.files import read
from cli.options import needed
from cli.terminal import plain
from clients.git.errors import (
    AccessDeniedError,
    GitFailedError,
    RepositoryUnreachableError,
)
from clients.git.repositories import Repositories
from clients.git.working_copies import LocalRepository
from contracts.issues import Ticket
from contracts.jira_work import WorkOptions, WorkOrder
from contracts.phases import Phase
from contracts.playbooks import Playbook
from contracts.text import MAX_DESCRIPTION, MAX_LINE
from errors import PermanentError
from policy.playbooks import planned
from policy.repositories import check_repository_url

URL = re.compile(r"[\w.+-]*:|[^/\s]+@[^/\s]+:")
LOOK = 20.0


class UncommittedChangesError(PermanentError):
    """A repository whose uncommitted changes no agent would see."""


@dataclass(frozen=True)
class Wish:
    """`draft` is the ticket to make if there is none; `repo` as it was given."""

    key: str
    draft: Ticket | None
    repo: str | None
    playbook: str | None
    coder: tuple[str, ...]
    coder_environment: tuple[str, ...]
    options: WorkOptions

    def order(self, organization: str, by: str) -> WorkOrder:
        return WorkOrder(
            organization=organization,
            issue_key=self.key,
            requested_by=by,
            playbook=self.playbook,
            coder=self.coder,
            coder_environment=self.coder_environment,
            options=self.options,
        )


def check_order(start: Phase | None, end: Phase | None) -> None:
    """Raises WrongUseError."""
    if start and end and start.place > end.place:
        raise WrongUseError(
            f"--start {start} comes after --end {end}, which leaves no phase. Their order is "
            f"{', '.join(Phase)}."
        )


def check_phases(options: WorkOptions, playbook: Playbook) -> None:
    """Raises WrongUseError for options that leave nothing to do, or contradict each other."""
    if options.resume and options.start:
        raise WrongUseError(
            f"--start {options.start} can't be told with --resume, which goes on behind a "
            "checkpoint. Say --resume-after PHASE, or leave one of them out."
        )
    for name, phase in (("--start", options.start), ("--end", options.end)):
        if phase is not None and phase in options.skip:
            raise WrongUseError(
                f"--skip {phase} and {name} {phase} contradict each other. Leave one of them out."
            )
    if all(step.skipped_because for step in planned(playbook, options)):
        raise WrongUseError(
            f"With these options every phase of playbook {playbook.name} is skipped. Leave one in."
        )


def repository_named(given: str | None) -> str | None:
    """Raises WrongUseError for an empty name, which would be the current folder."""
    if given is not None and not given.strip():
        raise WrongUseError("--repo is empty. Say the folder of a git repository, or its URL.")
    return given


def summary(text: str) -> str:
    if len(needed(text, "summary")) > MAX_LINE:
        raise WrongUseError(f"The summary has {len(text):,} characters; {MAX_LINE} may be.")
    return text


def description(path: str | None) -> str:
    """The file's text as it is, `-` for standard input. Raises WrongUseError, NotFoundError."""
    if path is None:
        return ""
    name, limit = plain(path, 200), 4 * MAX_DESCRIPTION  # UTF-8 has up to four bytes a character.
    raw = read(path, limit + 1)
    if b"\0" in raw:
        raise WrongUseError(f"{name} holds a NUL byte, so it is not text. Give a text file.")
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        # A character that the limit cut in two is too much, not wrong.
        if len(raw) <= limit:
            raise WrongUseError(
                f"{name} is not valid UTF-8 (byte {error.start}). Save it as UTF-8."
            ) from error
        text = raw.decode(errors="replace")
    if len(text) > MAX_DESCRIPTION:
        raise WrongUseError(
            f"{name} is too long for a ticket: {MAX_DESCRIPTION:,} characters may be. Put the "
            "rest into the repository, and say in the ticket where."
        )
    return text


async def repository(given: str, repositories: Repositories, *, allow_dirty: bool) -> str:
    """The address to keep: an absolute path, or the URL as it is. Raises NotFoundError,
    UncommittedChangesError and what reading the repository raises."""
    if "\0" in given:
        raise WrongUseError("--repo holds a NUL byte.")
    path = _path(given)
    there = await asyncio.to_thread(os.path.exists, path)
    if URL.match(given) and not there:
        check_repository_url(given)
        await _look_at(given, repositories)
        return given
    if not there:
        raise NotFoundError(
            f"There is no {plain(given, 200)} on this machine. Say the folder of a git "
            "repository, or the URL of one."
        )
    found = await repositories.inspect_local(path)
    if found.changed_files and not allow_dirty:
        raise UncommittedChangesError(_uncommitted(found))
    return str(found.path)


def _path(given: str) -> Path:
    """Behind `--repo=` no shell puts the home folder in."""
    return Path(given).expanduser() if given.startswith("~/") else Path(given)


async def _look_at(repo_url: str, repositories: Repositories) -> None:
    """Raises NotARepositoryError, EmptyRepositoryError. Anything else is left to the worker: it
    may reach what this machine does not, and a project must be there before a credential for it
    can be stored."""
    if not repo_url.startswith("https://"):
        return
    with suppress(AccessDeniedError, RepositoryUnreachableError, GitFailedError, TimeoutError):
        async with asyncio.timeout(LOOK):
            await repositories.tip(repo_url)


def _uncommitted(found: LocalRepository) -> str:
    names = ", ".join(plain(name, 60) for name in found.changed_files[:3])
    count = len(found.changed_files)
    more = f" and {count - 3} more" if count > 3 else ""
    return (
        f"{found.path} has uncommitted changes ({names}{more}). Agents work from the last commit "
        "and would not see them. Commit or stash them, or say --allow-dirty to leave them out."
    )
