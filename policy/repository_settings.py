"""How `.slipway.yaml` is read, and what it says about agents."""

import shlex
from collections.abc import Callable
from difflib import get_close_matches

from pydantic import ValidationError

from contracts.playbooks import BuiltinAgent, HumanAgent, Playbook
from contracts.repository_settings import FILE, RepositorySettings
from contracts.text import clipped
from errors import PermanentError
from policy.path_patterns import UnusablePatternError, check_pattern
from policy.yaml_tree import Path, UnreadableYamlError, YamlTree, read_yaml

MAX_SIZE = 64 * 1024
MOST_COMPLAINTS = 10
KEYS = ("setup", "test", "protected", "agents", "cache_key")
_SHELL_WORDS = frozenset({"&&", "||", "|", ";", "&", ">", ">>", "<", "2>&1"})
_LINE_OR_LIST = "must be a command: a line, or a list of arguments"
Command = tuple[str, ...]


class InvalidRepositorySettingsError(PermanentError):
    """Settings nobody could work by; the message names the line and the key."""


class _WrongError(Exception):
    def __init__(self, path: Path, what: str) -> None:
        super().__init__(what)
        self.path = path


def parse_repository_settings(raw: bytes | None, repository: str = "") -> RepositorySettings:
    """`raw` is the file's content, None when there is none: then all is as by default.
    `repository` says whose settings these are. Raises InvalidRepositorySettingsError, whose
    message has a line `.slipway.yaml:line: what is wrong; what to do` for each complaint."""
    tree = _tree(raw)
    if tree.value is None:
        return RepositorySettings(repository=repository)
    if not isinstance(tree.value, dict):
        raise _error([(tree.line(()), "not a mapping: write keys, like `test: pytest -q`")])
    values, complaints = _read(tree.value)
    if not complaints:
        try:
            return RepositorySettings.model_validate({"repository": repository, **values})
        except ValidationError as error:
            complaints = [_refused(error)]
    raise _error([(tree.line(path), _at(path, what)) for path, what in complaints])


def refused_agents(playbook: Playbook, settings: RepositorySettings) -> tuple[str, ...]:
    """The playbook's programs that may not work here, sorted by name. Those built in and people
    always may: they run nothing that the playbook's author has chosen."""
    if settings.agents is None:
        return ()
    agents = [agent for step in playbook.phases for agent in step.agents]
    programs = {one.name for one in agents if not isinstance(one, BuiltinAgent | HumanAgent)}
    return tuple(sorted(programs.difference(settings.agents)))


def refusal(agents: tuple[str, ...], settings: RepositorySettings) -> str:
    """For people."""
    named = ", ".join(agents)
    allowed = ", ".join(settings.agents or ()) or "none"
    return f"{named} may not work in this repository: {FILE} allows {allowed} in `agents`."


def _tree(raw: bytes | None) -> YamlTree:
    if raw is not None and len(raw) > MAX_SIZE:
        raise _error([(1, f"more than {MAX_SIZE // 1024} kB: shorten it")])
    try:
        return read_yaml((raw or b"").decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise _error([(line, "not UTF-8: save it as UTF-8")]) from error
    except UnreadableYamlError as error:
        raise _error([(error.line, str(error))]) from error


def _read(given: dict[str, object]) -> tuple[dict[str, object], list[tuple[Path, str]]]:
    values: dict[str, object] = {}
    complaints: list[tuple[Path, str]] = []
    for key, value in given.items():
        try:
            if key not in _READERS:
                raise _WrongError((key,), _unknown(key))
            if value is not None:
                values[key] = _READERS[key](value, (key,))
        except _WrongError as error:
            complaints.append((error.path, str(error)))
    return values, complaints


def _unknown(key: str) -> str:
    close = get_close_matches(key.lower(), KEYS, n=1)
    hint = f"did you mean `{close[0]}`?" if close else f"use one of {', '.join(KEYS)}"
    return f"unknown key `{clipped(key, 100)}`: {hint}"


def _commands(value: object, path: Path) -> tuple[Command, ...]:
    if isinstance(value, str):
        return (_command(value, path),)
    if not isinstance(value, list):
        raise _WrongError(path, "must be commands: a line, or a list of lines")
    if len(value) > 1 and all(isinstance(item, str) and len(item.split()) == 1 for item in value):
        line = clipped(" ".join(value), 100)
        raise _WrongError(path, f"a list of commands: write `- {line}` if they are one")
    return tuple(_command(item, (*path, at)) for at, item in enumerate(value))


def _command(value: object, path: Path) -> Command:
    argv = _split(value, path) if isinstance(value, str) else value
    if not isinstance(argv, list) or not all(isinstance(item, str) for item in argv):
        raise _WrongError(path, f"{_LINE_OR_LIST}. Put numbers in quotes")
    if not argv or not argv[0].strip():
        raise _WrongError(path, "names no program")
    if isinstance(value, str) and (words := _SHELL_WORDS.intersection(argv)):
        word = min(words)
        raise _WrongError(path, f"`{word}` needs a shell: write [sh, -c, '...'] or a script's name")
    return tuple(argv)


def _split(line: str, path: Path) -> list[str]:
    try:
        return shlex.split(line)
    except ValueError as error:
        raise _WrongError(path, f"{error}: check the quotes") from error


def _patterns(value: object, path: Path) -> tuple[str, ...]:
    names = _names(value, path)
    for at, name in enumerate(names):
        try:
            check_pattern(name)
        except UnusablePatternError as error:
            raise _WrongError((*path, at), f"`{clipped(name, 100)}`: {error}") from error
    return names


def _names(value: object, path: Path) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise _WrongError(path, "not a list: write [one, two] or lines that begin with -")
    for at, item in enumerate(value):
        if not isinstance(item, str) or not item.strip():
            raise _WrongError((*path, at), "not text: put it in quotes")
    return tuple(value)


_READERS: dict[str, Callable[[object, Path], object]] = {
    "setup": _commands,
    "test": _command,
    "protected": _patterns,
    "agents": _names,
    "cache_key": _patterns,
}


def _refused(error: ValidationError) -> tuple[Path, str]:
    """What is of the right shape, but too long, too many, or no agent's name."""
    detail = error.errors(include_url=False)[0]
    if detail["type"] == "string_pattern_mismatch":
        wrong = clipped(str(detail["input"]), 100)
        return detail["loc"], f"`{wrong}` is no agent's name: use small letters, digits and hyphens"
    return detail["loc"], detail["msg"]


def _at(path: Path, what: str) -> str:
    words = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return f"{words.lstrip('.')}: {what}"


def _error(complaints: list[tuple[int, str]]) -> InvalidRepositorySettingsError:
    found = sorted(complaints)[:MOST_COMPLAINTS]
    return InvalidRepositorySettingsError(
        "\n".join(f"{FILE}:{line}: {what}" for line, what in found)
    )
