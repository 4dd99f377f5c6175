"""`notifications`: messages to people, and those that were lost."""

from typing import Annotated

import typer

from cli.context import Desk, at_desk
from cli.listing import listed
from cli.options import AsJson
from cli.terminal import plain
from contracts.notifications import NotificationRow, NotificationStatus
from db.notifications import NotificationList
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
    if row.status is NotificationStatus.PENDING and row.next_attempt_at is not None:
        lines.append(f"    next attempt {in_utc(row.next_attempt_at)}")
    if row.error:
        lines.append(f"    after {row.attempts} attempts: {plain(row.error, 300)}")
    return lines
