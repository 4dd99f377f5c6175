"""`triage`: customers' tickets, and what was made of them."""

import asyncio
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError
from temporalio.client import WorkflowFailureError

from cli.context import Desk, Needs, at_desk
from cli.exits import DONE, FAILED, NotFoundError, WrongUseError, verdict
from cli.options import AsJson
from cli.terminal import output, plain
from cli.triage_health import health
from clients.triage import ForgottenTicketError, Triages
from contracts.triage import (
    SupportTicket,
    TicketRef,
    TriageOutcome,
    TriageRow,
    TriageStats,
    TriageStatus,
)
from db.processed_tickets import TicketList, UnknownTicketError
from policy.cards import as_text
from policy.triage_cards import triage_card

MAX_FILE = 1_000_000
PATIENCE = 900
Failed = Annotated[bool, typer.Option("--failed", help="Only what can be tried again.")]
Id = Annotated[str, typer.Argument(metavar="ID", help="as `triage list` shows it")]
File = Annotated[str, typer.Argument(metavar="FILE", help="JSON; - is standard input")]
Wait = Annotated[bool, typer.Option("--wait/--no-wait", help="Wait for the result and show it.")]


def stats(context: typer.Context, as_json: AsJson = False) -> None:
    """How many tickets were triaged, by whom, and how many came out well."""

    async def job(desk: Desk) -> int:
        async with desk.sessions() as session:
            found = await TicketList(session, desk.organization).stats()
        if as_json:
            print(json.dumps({**found.model_dump(), "success_rate": found.rate}))
            return DONE
        for line in _figures(found):
            output().print(line)
        return DONE

    at_desk(context, job)


def list_(context: typer.Context, failed: Failed = False, as_json: AsJson = False) -> None:
    """The newest tickets that were taken up."""

    async def job(desk: Desk) -> int:
        async with desk.sessions() as session:
            rows = await TicketList(session, desk.organization).latest(failed)
        if as_json:
            print(json.dumps([row.model_dump(mode="json") for row in rows]))
            return DONE
        if not rows:
            output().print("No ticket failed." if failed else "No ticket was taken up yet.")
        for row in rows:
            output().print(_line(row))
        return DONE

    at_desk(context, job)


def retry(context: typer.Context, id_: Id, wait: Wait = True) -> None:
    """Triage a ticket again that failed, or whose run was lost. Harmless if repeated."""

    async def job(desk: Desk) -> int:
        row = await _row(desk, id_)
        if row.success:
            raise WrongUseError(f"{row.source}:{row.ticket_id} was triaged: it is not done again.")
        ref = TicketRef(organization=desk.organization, source=row.source, id=row.ticket_id)
        try:
            ticket = await _triages(desk).ticket_of(ref)
        except ForgottenTicketError as error:
            raise NotFoundError(str(error)) from error
        return await _work(desk, ticket, wait)

    at_desk(context, job, Needs.ALL)


def ticket(context: typer.Context, file: File, wait: Wait = True) -> None:
    """Triage a ticket out of a file: source, id, subject, body, email, tier, product_area."""
    fields = _fields(file)

    async def job(desk: Desk) -> int:
        given = {"source": "manual", **fields, "organization": desk.organization}
        try:
            made = SupportTicket.model_validate(given)
        except ValidationError as error:
            found = verdict(error)
            raise WrongUseError(f"{plain(file, 200)}: {found[1] if found else ''}") from None
        return await _work(desk, made, wait)

    at_desk(context, job, Needs.ALL)


async def _work(desk: Desk, ticket: SupportTicket, wait: bool) -> int:
    handle = await _triages(desk).start(ticket)
    if not wait:
        output().print(f"{ticket.shown} is being triaged")
        return DONE
    try:
        async with asyncio.timeout(PATIENCE):
            outcome = await handle.result()
    except TimeoutError:
        raise WrongUseError("No result yet. Is a worker running? See: triage list") from None
    except WorkflowFailureError as error:
        output().print(f"{ticket.shown} was not triaged: {plain(str(error.cause), 300)}")
        return FAILED
    return _shown(ticket, outcome)


def _shown(ticket: SupportTicket, outcome: TriageOutcome) -> int:
    if outcome.status is TriageStatus.DUPLICATE:
        output().print(f"{ticket.shown} was triaged before, or is being triaged.")
        return DONE
    card = triage_card(ticket, outcome)
    output().print(plain(card.title))
    for line in as_text(card).splitlines():
        output().print(f"  {plain(line, 2_000)}")
    return DONE if outcome.status is TriageStatus.TRIAGED else FAILED


async def _row(desk: Desk, id_: str) -> TriageRow:
    """Raises NotFoundError, and WrongUseError where several sources have such a ticket."""
    source, _, bare = id_.partition(":")
    async with desk.sessions() as session:
        tickets = TicketList(session, desk.organization)
        try:
            rows = await tickets.of_id(source if bare else None, bare or id_)
        except UnknownTicketError as error:
            raise NotFoundError(str(error)) from error
    if len(rows) > 1:
        known = ", ".join(f"{row.source}:{row.ticket_id}" for row in rows)
        raise WrongUseError(f"Several tickets have this id: say one of {plain(known)}.")
    return rows[0]


def _triages(desk: Desk) -> Triages:
    return Triages(desk.client, desk.settings.slipway_task_queue)


def _fields(file: str) -> dict[str, object]:
    name = plain(file, 200)
    try:
        raw = sys.stdin.buffer.read(MAX_FILE) if file == "-" else _bytes(Path(file))
        value = json.loads(raw)
    except OSError as error:
        raise NotFoundError(f"{name} cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError):
        raise WrongUseError(f"{name} is not JSON.") from None
    if not isinstance(value, dict):
        raise WrongUseError(f"{name} is not a ticket: it needs fields, such as `subject`.")
    return value


def _bytes(path: Path) -> bytes:
    with path.open("rb") as opened:
        return opened.read(MAX_FILE)


def _figures(found: TriageStats) -> list[str]:
    rate = "none yet" if found.rate is None else f"{found.rate:.1%}"
    lines = [
        f"tickets       {found.total}",
        f"success rate  {rate} ({found.succeeded} triaged, {found.failed} failed)",
        f"under way     {found.unsettled}",
    ]
    shown = (f"{plain(name, 40):<14} {number}" for name, number in found.by_provider.items())
    return [*lines, *(f"  by {line}" for line in shown)]


def _line(row: TriageRow) -> str:
    state = {True: "triaged", False: "failed", None: "under way"}[row.success]
    by = plain(row.provider or "", 40)
    error = f"  {plain(row.error, 200)}" if row.error else ""
    when = f"{row.created_at:%Y-%m-%d %H:%M}"
    return f"{plain(row.source)}:{plain(row.ticket_id)}  {when}  {state:<9}  {by}{error}"


TRIAGE: dict[str, Callable[..., None]] = {
    "ticket": ticket,
    "list": list_,
    "retry": retry,
    "stats": stats,
    "health": health,
}
