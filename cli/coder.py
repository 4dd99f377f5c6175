"""The agent of CODE and FIX that a person names, checked as far as this machine can."""

import asyncio
import os
import re
import shlex
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path, PurePath

from cli.exits import NotFoundError, WrongUseError
from cli.terminal import plain
from clients.agent_identity import identity_as_set
from clients.git.errors import FileTooLargeError
from clients.git.repositories import Repositories
from clients.playbooks import PlaybookFolder
from clients.reach import hindrance
from contracts.jira_work import STANDARD
from contracts.playbooks import Playbook
from policy.playbooks import with_coder
from settings import ENV_FILE, Settings, environment

HERE = Path(__file__).resolve().parents[1]
VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
OTHER_NAMES = {"python": "python3", "python3": "python"}


def words_of(command: str | None, *, local: bool) -> tuple[str, ...]:
    """The words of a command line; where the worker is this machine, its program must be here."""
    if command is None:
        return ()
    try:
        words = tuple(shlex.split(command))
    except ValueError as error:
        raise WrongUseError(f"--agent can't be read as a command line: {error}.") from error
    if not words or any("\0" in word for word in words):
        raise WrongUseError("--agent is empty. Say the agent's command line, in quotes.")
    words = tuple(map(_at_home, words))
    program = words[0].replace("{python}", sys.executable)
    if "/" in program and not program.startswith("/"):
        raise WrongUseError(
            f"--agent {plain(program, 100)} is a relative path, but agents work in checkouts of "
            f"their own. Say {Path(program).absolute()}"
        )
    if local and shutil.which(program) is None:
        raise NotFoundError(
            f"There is no program {plain(program, 100)} on the PATH, so no agent could work. "
            f"{_instead(program)}"
        )
    return words


def _at_home(word: str) -> str:
    """In quotes no shell does it, nor behind `--agent=`. A prompt is no file, and stays."""
    path = os.path.expanduser(word) if word.startswith("~/") else word
    return path if os.path.exists(path) else word


def _instead(program: str) -> str:
    """Many systems have Python by one of its two names alone."""
    other = OTHER_NAMES.get(program)
    if other is not None and shutil.which(other) is not None:
        return f"There is {other}: say that in its place."
    return "Install it, or say its absolute path."


def check_reach(coder: tuple[str, ...], settings: Settings) -> None:
    """Raises NotFoundError where the worker is this machine, and its agents would not get at
    their program."""
    if not coder or settings.temporal_address is not None:
        return
    identity = identity_as_set(settings.slipway_agent_isolation, settings.state_dir, ENV_FILE)
    if (why := hindrance(identity, coder, environment().get("PATH"))) is not None:
        raise NotFoundError(f"The agent would fail. {why}.")


def environment_of(names: list[str]) -> tuple[str, ...]:
    for name in names:
        if VARIABLE.fullmatch(name) is None:
            raise WrongUseError(
                f"--agent-env {plain(name, 60)!r} is not the name of a variable. Say the name "
                "alone; its value comes from the worker's environment."
            )
    return tuple(names)


def playbooks() -> PlaybookFolder:
    return PlaybookFolder(HERE / "playbooks", HERE / "examples")


def check_playbook(name: str | None, coder: tuple[str, ...]) -> Playbook:
    """The one of this name, or the standard. Raises UnknownPlaybookError, InvalidPlaybookError,
    and WrongUseError for a `coder` that would never work."""
    playbook = playbooks().load(STANDARD if name is None else name)
    if coder and with_coder(playbook, coder) == playbook:
        raise WrongUseError(
            f"Playbook {playbook.name} names its own agents for CODE and FIX, so --agent would do "
            "nothing. Leave one of them out."
        )
    return playbook


async def check_arguments(
    coder: tuple[str, ...], repo_url: str, repositories: Repositories
) -> None:
    """Raises WrongUseError for an argument that names a file of the current folder by a relative
    path, which an agent in its checkout would not find: unless the repository has it, too."""
    named = await asyncio.to_thread(_relative_files, coder[1:], repo_url)
    for word in named:
        if not await _is_tracked(str(PurePath(word)), repo_url, repositories):
            raise WrongUseError(
                f"--agent names {plain(word, 100)}, a relative path, but agents work in checkouts "
                f"of the repository, which does not have it. Say {plain(str(Path.cwd() / word))}"
            )


def _relative_files(words: Sequence[str], repo_url: str) -> list[str]:
    """Those of the words. None of a repository on the worker's machine: we can't look into it."""
    if repo_url.startswith("/") and not Path(repo_url).is_dir():
        return []
    return [word for word in words if not word.startswith("/") and _is_file(word)]


def _is_file(word: str) -> bool:
    try:
        return Path(word).is_file()
    except OSError:
        return False  # Too long for a name: a prompt, not a path.


async def _is_tracked(path: str, repo_url: str, repositories: Repositories) -> bool:
    tip = await repositories.tip(repo_url)
    try:
        return await repositories.read(repo_url, tip.commit, path) is not None
    except FileTooLargeError:
        return True
