"""What somebody wants worked, checked as far as this machine can, before anything is made."""

import asyncio
import re
import shlex
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cli.exits import NotFoundError, WrongUseError
from cli.options import needed
from cli.terminal import plain
from clients.playbooks import PlaybookFolder
from clients.repositories import Repositories
from clients.working_copies import LocalRepository
from contracts.issues import Ticket
from contracts.jira_work import STANDARD, WorkOptions
from contracts.text import MAX_DESCRIPTION, MAX_LINE
from errors import PermanentError
from policy.playbooks import with_coder
from policy.repositories import check_repository_url

HERE = Path(__file__).resolve().parents[1]
URL = re.compile(r"[\w.+-]*:|[^/\s]+@[^/\s]+:")
VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


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


def summary(text: str) -> str:
    if len(needed(text, "summary")) > MAX_LINE:
        raise WrongUseError(f"The summary has {len(text):,} characters; {MAX_LINE} may be.")
    return text


def description(path: str | None) -> str:
    """The file's text as it is, `-` for standard input. Raises WrongUseError, NotFoundError."""
    if path is None:
        return ""
    name, limit = plain(path, 200), 4 * MAX_DESCRIPTION  # UTF-8 has up to four bytes a character.
    try:
        with open(0 if path == "-" else path, "rb", closefd=path != "-") as file:
            raw = file.read(limit + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise NotFoundError(f"The description {name} can't be read: {reason}.") from error
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


def coder(command: str | None, *, local: bool) -> tuple[str, ...]:
    """The words of a command line; where the worker is this machine, its program must be here."""
    if command is None:
        return ()
    try:
        words = tuple(shlex.split(command))
    except ValueError as error:
        raise WrongUseError(f"--agent can't be read as a command line: {error}.") from error
    if not words or any("\0" in word for word in words):
        raise WrongUseError("--agent is empty. Say the agent's command line, in quotes.")
    program = words[0].replace("{python}", sys.executable)
    if "/" in program and not program.startswith("/"):
        raise WrongUseError(
            f"--agent {plain(program, 100)} is a relative path, but agents work in checkouts of "
            f"their own. Say {Path(program).absolute()}"
        )
    if local and shutil.which(program) is None:
        raise NotFoundError(
            f"There is no program {plain(program, 100)} on the PATH, so no agent could work. "
            "Install it, or say its absolute path."
        )
    return words


def coder_environment(names: list[str]) -> tuple[str, ...]:
    for name in names:
        if VARIABLE.fullmatch(name) is None:
            raise WrongUseError(
                f"--agent-env {plain(name, 60)!r} is not the name of a variable. Say the name "
                "alone; its value comes from the worker's environment."
            )
    return tuple(names)


def check_playbook(name: str | None, coder: tuple[str, ...]) -> None:
    """Raises UnknownPlaybookError, InvalidPlaybookError, and WrongUseError for a `coder` that
    would never work."""
    playbook = PlaybookFolder(HERE / "playbooks", HERE / "examples").load(name or STANDARD)
    if coder and with_coder(playbook, coder) == playbook:
        raise WrongUseError(
            f"Playbook {playbook.name} names its own agents for CODE and FIX, so --agent would do "
            "nothing. Leave one of them out."
        )


async def repository(
    given: str, state_dir: Path, environment: Mapping[str, str], *, allow_dirty: bool
) -> str:
    """The address to keep: an absolute path, or the URL as it is. Raises UncommittedChangesError
    and what reading the repository raises."""
    path = Path(given)
    if URL.match(given) and not await asyncio.to_thread(path.exists):
        check_repository_url(given)
        return given
    if "\0" in given:
        raise WrongUseError("--repo holds a NUL byte.")
    repositories = Repositories(state_dir, environment)
    found = await repositories.inspect_local(path)
    if found.changed_files and not allow_dirty:
        raise UncommittedChangesError(_uncommitted(found))
    return str(found.path)


def _uncommitted(found: LocalRepository) -> str:
    names = ", ".join(plain(name, 60) for name in found.changed_files[:3])
    count = len(found.changed_files)
    more = f" and {count - 3} more" if count > 3 else ""
    return (
        f"{found.path} has uncommitted changes ({names}{more}). Agents work from the last commit "
        "and would not see them. Commit or stash them, or say --allow-dirty to leave them out."
    )
