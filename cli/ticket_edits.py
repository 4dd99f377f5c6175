"""`edit`: another text for a ticket of ours; whoever works on it hears of it."""

from contextlib import suppress
from typing import Annotated

import typer

from activities.local_tracker import LocalTracker
from cli import wish as wishes
from cli.connected import ConnectedDesk, at_connected_desk
from cli.exits import DONE, WrongUseError
from cli.options import As, Key, who_am_i
from cli.terminal import output
from cli.ticket_options import NewPriority, NewType
from clients.temporal.orchestrations import NotRunningError
from contracts.jira_work import TicketChanged
from db.issue_edits import IssueEdits
from policy.redaction import Redaction
from policy.ticket_readings import reading_of
from settings import secrets

Title = Annotated[str | None, typer.Option("--summary", metavar="TEXT", help="The new title.")]
File = Annotated[
    str | None, typer.Option(metavar="FILE", help="The new text; - for standard input.")
]

WORKED = (
    "It is being worked: what was approved of it is asked again. Agents go on by the ticket as it "
    "read when the work began. Tell those that come next what is new: starter.py guide {key} TEXT. "
    "Or begin anew: starter.py cancel {key}, then starter.py work {key}."
)


def edit(
    context: typer.Context,
    key: Key,
    summary: Title = None,
    description_file: File = None,
    type_: NewType = None,
    priority: NewPriority = None,
    by: As = None,
) -> None:
    """Change a ticket's title, text, type or priority. What was approved of it must be approved
    again, by whom the ticket as it is now asks for."""
    said = {
        "title": None if summary is None else wishes.summary(summary),
        "description": None if description_file is None else wishes.description(description_file),
        "type": type_,
        "priority": priority,
    }
    told = {name: value for name, value in said.items() if value is not None}
    if not told:
        raise WrongUseError(
            "Nothing to change was named. Say --summary, --description-file, --type or --priority."
        )

    async def job(desk: ConnectedDesk) -> int:
        tracker = LocalTracker(desk.sessions, Redaction(secrets()))
        await tracker.get(desk.organization, key)  # Raises where there is no such ticket.
        async with desk.sessions.begin() as session:
            edits, me = IssueEdits(session, desk.organization), who_am_i(desk.settings, by)
            changed = await edits.edit(key, told, me)
        ticket = await tracker.get(desk.organization, key)
        message = TicketChanged(ticket_hash=reading_of(ticket).ticket_hash)
        worked = ""
        # Also where it reads so already: an earlier try may have ended before this.
        with suppress(NotRunningError):
            await desk.orchestrations.signal(key, "ticket_changed", message)
            worked = f" {WORKED.format(key=key)}"
        output().print(f"{key} is changed.{worked}" if changed else f"{key} reads so already.")
        return DONE

    at_connected_desk(context, job)
