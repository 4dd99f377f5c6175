"""`ticket`: what is kept of a ticket, whoever works on it."""

from collections.abc import Iterator

import typer
from rich.text import Text

from cli.context import Desk, at_desk
from cli.exits import DONE
from cli.options import AsJson, Key
from cli.terminal import output, plain
from contracts.ticket_pages import Check, FieldChange, Showing, TicketComment, TicketPage
from db.ticket_pages import TicketPages
from policy.moments import in_utc

MOST_LINES = 40
SHORT = ("status", "type", "priority", "title")


def ticket(context: typer.Context, key: Key, as_json: AsJson = False) -> None:
    """What a ticket says, its status, where it shows in git, its checks and comments."""

    async def job(desk: Desk) -> int:
        async with desk.sessions() as session:
            page = await TicketPages(session, desk.organization).of(key)
        if as_json:
            print(page.model_dump_json())
        for line in () if as_json else lines_of(page):
            output().print(line)
        return DONE

    at_desk(context, job)


def lines_of(page: TicketPage) -> Iterator[Text]:
    yield Text.assemble(
        (page.ticket.key, "bold"), f" · {plain(page.ticket.title)}  {page.status or 'no status'}"
    )
    yield Text(f"  {_facts(page)}")
    yield from _long(page.ticket.description)
    if page.ticket.acceptance_criteria:
        yield Text("  done when:")
        yield from _long(page.ticket.acceptance_criteria)
    for showing in page.showings:
        yield from _showing(showing)
    for remark in page.comments:
        yield from _remark(remark)
    for change in page.changes:
        yield Text(f"  {in_utc(change.at)}  {_changed(change)} (by {plain(change.by, 200)})")


def _facts(page: TicketPage) -> str:
    told = [page.ticket.type.value, f"priority {page.ticket.priority}"]
    told += [f"labels {', '.join(page.ticket.labels)}"] if page.ticket.labels else []
    told += [f"area {page.ticket.area}"] if page.ticket.area else []
    told += [f"estimate {page.ticket.estimate} h"] if page.ticket.estimate is not None else []
    told += [f"reported by {page.reporter}"] if page.reporter else []
    told += [f"closed {in_utc(page.completed_at)}"] if page.completed_at else []
    return plain("; ".join(told))


def _long(text: str) -> Iterator[Text]:
    lines = text.strip().splitlines()
    yield from (Text(f"    {plain(line)}", "dim") for line in lines[:MOST_LINES])
    if (more := len(lines) - MOST_LINES) > 0:
        yield Text(f"    and {more} more lines: --json has them")


def _showing(showing: Showing) -> Iterator[Text]:
    where = f"{showing.provider.lower()} {showing.repository}"
    where += f", branch {showing.branch}" if showing.branch else ""
    where += f" at {showing.commit[:10]}" if showing.commit else ""
    yield Text(f"  {plain(where)}")
    if showing.pull_request is not None:
        state = (showing.pull_request_state or "").lower()
        url = showing.pull_request_url or ""
        yield Text(f"    pull request {showing.pull_request}: {plain(f'{state}  {url}')}")
    yield from (_check(check) for check in showing.checks)


def _check(check: Check) -> Text:
    commit = f" at {check.commit[:10]}" if check.commit else ""
    told = f"{check.check}: {check.conclusion.lower()}{commit}  {check.url or ''}"
    return Text(f"    check {plain(told)}")


def _remark(remark: TicketComment) -> Iterator[Text]:
    yield Text(f"  {in_utc(remark.at)}  {plain(remark.author, 200)} says:")
    yield from _long(remark.text)


def _changed(change: FieldChange) -> str:
    if change.field not in SHORT:
        return f"{plain(change.field, 80)} changed"
    return f"{change.field}: {plain(change.before or 'none')} → {plain(change.after or 'none')}"
