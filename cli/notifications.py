"""`notifications`: messages to people, and those that were lost."""

from typing import Annotated

import typer

from cli.context import Desk, at_desk
from cli.listing import listed
from cli.options import AsJson
from cli.terminal import plain
from contracts.notifications import NotificationRow, NotificationStatus
from db.notification_lists import NotificationList
from policy.moments import in_utc

Failed = Annotated[bool, typer.Option("--failed", help="Only what was not delivered.")]


def notifications(context: typer.Context, failed: Failed = False, as_json: AsJson = False) -> None:
    """The newest messages to people, and what became of them."""

    async def job(desk: Desk) -> int:
        async with desk.sessions() as session:
            rows = await NotificationList(session, desk.organization).latest(failed)
        nothing = "No message failed." if failed else "Nobody was told anything yet."
        return listed(rows, _lines, nothing, as_json=as_json)

    at_desk(context, job)


def _lines(row: NotificationRow) -> list[str]:
    when = in_utc(row.created_at)
    to = f"{row.channel.lower()} {plain(row.recipient, 80)}"
    lines = [f"{row.id}  {when}  {row.status:<9}  {to}  {plain(row.subject, 120)}"]
    if row.status is NotificationStatus.PENDING:
        lines += _next(row)
    if row.error:
        lines.append(f"    after {row.attempts} attempts: {plain(row.error, 300)}")
    return lines


def _next(row: NotificationRow) -> list[str]:
    """An endpoint that failed too often, or asked for it, is left alone whatever was planned."""
    at, rests = row.next_attempt_at, row.rests_until
    if rests is not None and (at is None or at < rests):
        return [f"    next attempt {in_utc(rests)}: until then its endpoint is left alone"]
    return [f"    next attempt {in_utc(at)}"] if at is not None else []
