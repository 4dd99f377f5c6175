"""`triage ticket` and `retry`: a customer's ticket, triaged."""

import asyncio
import json
from typing import Annotated

import typer
from pydantic import ValidationError
from temporalio.client import WorkflowFailureError

from cli.connected import ConnectedDesk, at_connected_desk
from cli.exits import (
    DONE,
    FAILED,
    ForbiddenByStateError,
    ServerAwayError,
    WrongUseError,
)
from cli.files import read
from cli.terminal import output, plain
from clients.temporal.triage import TriageWorkflows
from contracts.triage import (
    SupportTicket,
    TicketRef,
    TriageOutcome,
    TriageRow,
    TriageStatus,
)
from db.identity import Organizations
from db.processed_tickets import ProcessedTickets, TicketList
from faults import faults
from policy.cards import as_text
from policy.support_cards import triage_card
from policy.support_repeats import left_alone

MAX_FILE = 1_000_000
PATIENCE = 900
Id = Annotated[str, typer.Argument(metavar="ID", help="as `triage list` shows it")]
File = Annotated[str, typer.Argument(metavar="FILE", help="JSON; - is standard input")]
Again = Annotated[
    bool, typer.Option("--again", help="Also one that was triaged; by the text that came last.")
]
Wait = Annotated[bool, typer.Option("--wait/--no-wait", help="Wait for the result and show it.")]


def retry(context: typer.Context, id_: Id, wait: Wait = True, again: Again = False) -> None:
    """Triage a ticket again that failed, or whose run was lost. Harmless if repeated."""

    async def job(desk: ConnectedDesk) -> int:
        row = await _row(desk, id_)
        if row.success and not again:
            raise ForbiddenByStateError(
                f"{row.source}:{row.ticket_id} was triaged: it is not done again, unless you say "
                "--again. Those that failed: starter.py triage list --failed"
            )
        ref = TicketRef(organization=desk.organization, source=row.source, id=row.ticket_id)
        found = await _triages(desk).ticket_of(ref)
        if again:
            await _reopen(desk, ref)
        return await _work(desk, found, wait)

    at_connected_desk(context, job)


def ticket(context: typer.Context, file: File, wait: Wait = True, again: Again = False) -> None:
    """Triage a ticket out of a file: source, id, subject, body, email, tier, product_area."""
    fields = _fields(file)

    async def job(desk: ConnectedDesk) -> int:
        given = {"source": "manual", **fields, "organization": desk.organization}
        try:
            made = SupportTicket.model_validate(given)
        except ValidationError as error:
            raise WrongUseError(f"{plain(file, 200)}: {faults(error)}") from None
        if again:
            await _reopen(desk, made.ref)
        return await _work(desk, made, wait)

    at_connected_desk(context, job)


async def _work(desk: ConnectedDesk, ticket: SupportTicket, wait: bool) -> int:
    handle = await _triages(desk).start(ticket)
    if await _triages(desk).ticket_of(ticket.ref) != ticket:
        raise ForbiddenByStateError(
            f"{ticket.shown} is being triaged by another text, which came before: this one is not "
            "looked at. Once that is done (starter.py triage list), say it again with --again"
        )
    if not wait:
        output().print(f"{ticket.shown} is being triaged")
        return DONE
    try:
        async with asyncio.timeout(PATIENCE):
            outcome = await handle.result()
    except TimeoutError:
        raise ServerAwayError(
            f"{ticket.shown} has no result yet. Is a worker running? What became of it: "
            "starter.py triage list"
        ) from None
    except WorkflowFailureError as error:
        output().print(f"{ticket.shown} was not triaged: {plain(str(error.cause), 300)}")
        return FAILED
    if outcome.status is TriageStatus.DUPLICATE:
        output().print(plain(left_alone(await _row(desk, ticket.shown))))
        return DONE
    return _shown(ticket, outcome)


async def _reopen(desk: ConnectedDesk, ref: TicketRef) -> None:
    slug = desk.organization
    async with desk.sessions.begin() as session:
        organization_id = await Organizations(session).ensure(slug, slug)
        await ProcessedTickets(session, organization_id).reopen(ref)


def _shown(ticket: SupportTicket, outcome: TriageOutcome) -> int:
    card = triage_card(ticket, outcome)
    output().print(plain(card.title))
    for line in as_text(card).splitlines():
        output().print(f"  {plain(line, 2_000)}")
    return DONE if outcome.status is TriageStatus.TRIAGED else FAILED


async def _row(desk: ConnectedDesk, id_: str) -> TriageRow:
    """Raises NotFoundError, and WrongUseError where several sources have such a ticket."""
    source, _, bare = id_.partition(":")
    async with desk.sessions() as session:
        tickets = TicketList(session, desk.organization)
        rows = await tickets.of_id(source if bare else None, bare or id_)
    if len(rows) > 1:
        known = ", ".join(f"{row.source}:{row.ticket_id}" for row in rows)
        raise WrongUseError(f"Several tickets have this id: say one of {plain(known)}.")
    return rows[0]


def _triages(desk: ConnectedDesk) -> TriageWorkflows:
    return TriageWorkflows(desk.client, desk.settings.slipway_task_queue)


def _fields(file: str) -> dict[str, object]:
    name, raw = plain(file, 200), read(file, MAX_FILE)
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError):
        raise WrongUseError(f"{name} is not JSON.") from None
    if not isinstance(value, dict):
        raise WrongUseError(f"{name} is not a ticket: it needs fields, such as `subject`.")
    return value
