"""Options of commands that say what kind of ticket it is."""

from typing import Annotated

import typer

from cli.options import one_of
from contracts.issues import IssueType, Priority

_TYPE = typer.Option(
    "--type",
    metavar="TYPE",
    parser=one_of(IssueType, "a type of ticket"),
    help=", ".join(IssueType),
)
_PRIORITY = typer.Option(
    "--priority",
    metavar="PRIORITY",
    parser=one_of(Priority, "a priority"),
    help=", ".join(Priority),
)
Type = Annotated[IssueType, _TYPE]
NewType = Annotated[IssueType | None, _TYPE]
PriorityName = Annotated[Priority, _PRIORITY]
NewPriority = Annotated[Priority | None, _PRIORITY]
