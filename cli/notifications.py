"""`notifications` and `resend`: messages to people, and those that were lost."""

import json
from collections.abc import Callable
from typing import Annotated
from uuid import UUID

import typer

from cli.context import Desk, Needs, at_desk
from cli.exits import DONE, NotFoundError, WrongUseError
from cli.options import AsJson
from cli.routes import route, routes
from cli.terminal import output, plain
from clients.deliveries import Deliveries
from contracts.notifications import NotificationRow, NotificationStatus, Parcel
from db.notifications import LOST, NotificationList, Notifications, UnknownNotificationError

Failed = Annotated[bool, typer.Option("--failed", help="Only what was not delivered.")]
Id = Annotated[str, typer.Argument(metavar="ID", help="as `notifications` shows it")]


def notifications(context: typer.Context, failed: Failed = False, as_json: AsJson = False) -> None:
    """The newest messages to people, and what became of them."""

    async def job(desk: Desk) -> int:
        async with desk.sessions() as session:
            rows = await NotificationList(session, desk.organization).latest(failed)
        if as_json:
            print(json.dumps([row.model_dump(mode="json") for row in rows]))
            return DONE
        if not rows:
            output().print("No message failed." if failed else "Nobody was told anything yet.")
        for row in rows:
            for line in _lines(row):
                output().print(line)
        return DONE

    at_desk(context, job)


def resend(context: typer.Context, id_: Id) -> None:
    """Deliver a message that failed, or start a delivery that was lost. Harmless if repeated."""
    id = _id(id_)

    async def job(desk: Desk) -> int:
        async with desk.sessions() as session:
            try:
                row = await NotificationList(session, desk.organization).one(id)
            except UnknownNotificationError as error:
                raise NotFoundError(str(error)) from error
            waiting = await Notifications(session).parcels([row.dedupe_key])
        if row.status not in (*LOST, NotificationStatus.PENDING):
            raise WrongUseError(f"The message was {row.status.lower()}: it is not sent again.")
        parcels = waiting or [Parcel(key=row.dedupe_key, resend=True)]
        for parcel in parcels:
            await Deliveries(desk.client, desk.settings.slipway_task_queue).start(parcel)
        output().print(f"{id} is being delivered to {plain(row.recipient, 80)}")
        return DONE

    at_desk(context, job, Needs.ALL)


NOTIFICATIONS: dict[str, Callable[..., None]] = {
    "show": notifications,
    "routes": routes,
    "route": route,
}


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise WrongUseError(
            f"{plain(text, 80)!r} is no message's id: see starter.py notifications"
        ) from None


def _lines(row: NotificationRow) -> list[str]:
    when = f"{row.created_at:%Y-%m-%d %H:%M}"
    to = f"{row.channel.lower()} {plain(row.recipient, 80)}"
    lines = [f"{row.id}  {when}  {row.status:<9}  {to}  {plain(row.subject, 120)}"]
    if row.status is NotificationStatus.PENDING and row.next_attempt_at is not None:
        lines.append(f"    next attempt {row.next_attempt_at:%Y-%m-%d %H:%M} UTC")
    if row.error:
        lines.append(f"    after {row.attempts} attempts: {plain(row.error, 300)}")
    return lines
