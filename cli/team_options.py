"""What is said of teams on the command line, checked."""

import re
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Annotated

import typer

from cli.exits import WrongUseError
from cli.options import one_of, project_key
from cli.terminal import plain
from cli.users import email
from contracts.issues import IssueType

NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")


def name(value: str) -> str:
    """Raises WrongUseError."""
    if NAME.fullmatch(value) is None:
        raise WrongUseError(
            f"{plain(value, 60)!r} is no name: small letters, digits and dashes, 40 at most."
        )
    return value


def hours(value: str) -> Decimal:
    """Raises WrongUseError."""
    try:
        found = Decimal(value)
    except InvalidOperation:
        found = Decimal(-1)
    if not (found.is_finite() and 0 <= found <= 100_000 and found == round(found, 2)):
        raise WrongUseError(f"{plain(value, 60)!r} are no hours: say a number such as 80 or 7.5.")
    return found


def day(value: str) -> date:
    """Raises WrongUseError."""
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise WrongUseError(f"{plain(value, 60)!r} is no day: say it as 2026-03-31.") from error


TeamName = Annotated[str, typer.Argument(metavar="NAME", callback=name)]
MaybeTeamName = Annotated[
    str | None,
    typer.Argument(metavar="[NAME]", callback=lambda value: value and name(value)),
]
MaybeEmail = Annotated[
    str | None,
    typer.Argument(metavar="[EMAIL]", callback=lambda value: value and email(value)),
]
Skills = Annotated[
    list[str] | None,
    typer.Option("--skill", metavar="TEXT", help="An area, label or folder. Repeatable."),
]
Description = Annotated[str | None, typer.Option(metavar="TEXT", help="For people.")]
HoursText = Annotated[
    Decimal | None, typer.Option("--hours", metavar="HOURS", parser=hours, help="A sprint.")
]
Types = Annotated[
    list[IssueType] | None,
    typer.Option(
        "--takes-type",
        metavar="TYPE",
        parser=one_of(IssueType, "a type of ticket"),
        help="It takes no others. Repeatable.",
    ),
]
Projects = Annotated[
    list[str] | None,
    typer.Option(
        "--takes-project", metavar="KEY", parser=project_key, help="And no others. Repeatable."
    ),
]
Active = Annotated[
    bool | None, typer.Option("--active/--inactive", help="An inactive team gets no work.")
]
DayFrom = Annotated[
    date | None, typer.Option("--from", metavar="DAY", parser=day, help="Its first day.")
]
DayTo = Annotated[
    date | None, typer.Option("--to", metavar="DAY", parser=day, help="Its last day.")
]
RoleOption = Annotated[
    str,
    typer.Option("--role", metavar="NAME", callback=name, help="As gates call it: lead, security."),
]
Remove = Annotated[bool, typer.Option("--remove", help="Take them out.")]
Title = Annotated[str, typer.Option("--title", metavar="TEXT", help="For people.")]
SprintName = Annotated[str | None, typer.Argument(metavar="[SPRINT]")]
