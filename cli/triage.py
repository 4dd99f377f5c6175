"""`triage`: customers' tickets, and what was made of them."""

import json
from collections.abc import Iterator
from typing import Annotated

import typer

from cli.context import Desk, at_desk
from cli.exits import DONE
from cli.listing import listed
from cli.options import AsJson
from cli.terminal import output, percentage, plain
from contracts.triage import TriageRow, TriageStats
from db.processed_tickets import TicketList
from policy.moments import in_utc

Failed = Annotated[bool, typer.Option("--failed", help="Only what can be tried again.")]


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
        nothing = "No ticket failed." if failed else "No ticket was taken up yet."
        return listed(rows, _lines, nothing, as_json=as_json)

    at_desk(context, job)


def _figures(found: TriageStats) -> list[str]:
    settled = found.succeeded + found.failed
    lines = [f"tickets       {found.total}"]
    if settled:
        rate = percentage(found.succeeded, settled)
        lines.append(f"success rate  {rate} ({found.succeeded} triaged, {found.failed} failed)")
    lines.append(f"under way     {found.unsettled}")
    shown = (f"{plain(name, 40):<14} {number}" for name, number in found.by_provider.items())
    return [*lines, *(f"  by {line}" for line in shown)]


def _lines(row: TriageRow) -> Iterator[str]:
    state = {True: "triaged", False: "failed", None: "under way"}[row.success]
    by = plain(row.provider or "", 40)
    so_far = "no model answers, it is tried again: " if row.success is None else ""
    error = f"  {so_far}{plain(row.error, 200)}" if row.error else ""
    when = in_utc(row.created_at)
    yield f"{plain(row.source)}:{plain(row.ticket_id)}  {when}  {state:<9}  {by}{error}"
