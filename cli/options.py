"""Arguments and options that many commands share."""

import getpass
import re
from collections.abc import Callable
from enum import StrEnum
from typing import Annotated, TypeVar

import typer

from cli.exits import WrongUseError
from cli.terminal import plain
from contracts.issues import ISSUE_KEY, PROJECT_KEY, project_of
from contracts.phases import Phase
from contracts.text import MAX_COMMENT
from policy.redaction import Redaction
from settings import Settings

SECRETS = Redaction(())
Choice = TypeVar("Choice", bound=StrEnum)


def issue_key(value: str) -> str:
    """Checked before anything else is done with it. Raises WrongUseError."""
    # Not match with $: that would let a newline pass at the end.
    if re.fullmatch(ISSUE_KEY, value) is None:
        raise WrongUseError(
            f"{plain(value, 80)!r} is not a ticket key. A key is a project of 2 to 10 capital "
            "letters, digits or _ that starts with a letter, a dash, and a number: PROJ-123."
        )
    return value


def project_key(value: str) -> str:
    """A project's key, also out of that of one of its tickets. Raises WrongUseError."""
    if re.fullmatch(PROJECT_KEY, value) is not None:
        return value
    if re.fullmatch(ISSUE_KEY, value) is not None:
        return project_of(value)
    raise WrongUseError(
        f"{plain(value, 80)!r} is not a project key. A project's key is 2 to 10 capital letters, "
        "digits or _ and starts with a letter: PROJ. That of one of its tickets will do too: "
        "PROJ-123."
    )


def one_of(kind: type[Choice], what: str) -> Callable[[str], Choice]:
    """A parser that knows the choices in small and capital letters. Typer's own speaks of a
    "Value error"; this one raises WrongUseError, which names what there is to choose from."""
    known = {choice.value.upper(): choice for choice in kind}

    def parse(value: str) -> Choice:
        found = known.get(value.upper())
        if found is None:
            raise WrongUseError(
                f"{plain(value, 60)!r} is not {what}. Say one of {', '.join(kind)}."
            )
        return found

    return parse


def decision_code(value: str) -> str:
    """The beginning of a subject's hash. Raises WrongUseError."""
    if re.fullmatch(r"[0-9A-Fa-f]{8,64}", value) is None:
        raise WrongUseError(
            f"{plain(value, 80)!r} is not the code of a request: that is 8 letters and digits, "
            "such as 3f9a01bc. `starter.py why KEY` shows it."
        )
    return value.lower()


def comment(value: str, what: str) -> str:
    """Text that a person hands over, without what looks like a secret: it is kept, and told to
    agents. Raises WrongUseError for what could not be stored as is."""
    if len(value) > MAX_COMMENT:
        raise WrongUseError(f"The {what} has {len(value):,} characters; {MAX_COMMENT:,} may be.")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise WrongUseError(f"The {what} is not valid UTF-8.") from error
    return SECRETS.text(value)


def needed(value: str, what: str) -> str:
    if not value.strip():
        raise WrongUseError(f"The {what} is empty. Say it as one argument, in quotes.")
    return comment(value, what)


def who_am_i(settings: Settings, given: str | None) -> str:
    """`--as`, else SLIPWAY_USER, else the operating system's user on this machine."""
    name = given or settings.slipway_user
    if not name:
        try:
            name = f"{getpass.getuser()}@localhost"
        except (KeyError, OSError) as error:
            raise WrongUseError("Nobody knows who you are: say --as EMAIL.") from error
    name = name.strip()
    if re.fullmatch(r"[^\s@]{1,200}@[^\s@]{1,200}", name) is None or not name.isprintable():
        whence = "SLIPWAY_USER: " if settings.slipway_user and not given else ""
        raise WrongUseError(
            f"{whence}{plain(name, 80)!r} is not an e-mail address: say --as EMAIL."
        )
    return name


Key = Annotated[str, typer.Argument(metavar="KEY", callback=issue_key, help="such as PROJ-123")]
AsJson = Annotated[bool, typer.Option("--json", help="For programs; docs/cli.md has the shapes.")]
As = Annotated[
    str | None,
    typer.Option(
        "--as", metavar="EMAIL", help="Who says it. Else SLIPWAY_USER, else you@localhost."
    ),
]
Attempt = Annotated[
    int | None, typer.Option(min=1, max=9_999, metavar="NUMBER", help="An older one.")
]
Comment = Annotated[str, typer.Option("--comment", metavar="TEXT", help="Why.")]
a_phase = one_of(Phase, "a phase")
