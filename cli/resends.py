"""`resend`: a message that was lost, delivered once more."""

from typing import Annotated
from uuid import UUID

import typer

from cli.connected import ConnectedDesk, at_connected_desk
from cli.exits import DONE, ForbiddenByStateError, WrongUseError
from cli.terminal import output, plain
from clients.notifications import NotificationWorkflows
from contracts.notifications import LOST, NotificationStatus, Parcel
from db.notifications import NotificationList, Notifications

Id = Annotated[str, typer.Argument(metavar="ID", help="as `notifications` shows it")]


def resend(context: typer.Context, id_: Id) -> None:
    """Deliver a message that failed, or start a delivery that was lost. Harmless if repeated."""
    id = _id(id_)

    async def job(desk: ConnectedDesk) -> int:
        async with desk.sessions() as session:
            row = await NotificationList(session, desk.organization).one(id)
            waiting = await Notifications(session).parcels([row.dedupe_key])
        if row.status not in (*LOST, NotificationStatus.PENDING):
            raise ForbiddenByStateError(
                f"The message was {row.status.lower()}: it is not sent again. Those that were "
                "lost: starter.py notifications --failed"
            )
        parcels = waiting or [Parcel(key=row.dedupe_key, resend=True)]
        for parcel in parcels:
            await NotificationWorkflows(desk.client, desk.settings.slipway_task_queue).start(parcel)
        output().print(f"{id} is being delivered to {plain(row.recipient, 80)}")
        return DONE

    at_connected_desk(context, job)


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise WrongUseError(
            f"{plain(text, 80)!r} is no message's id: see starter.py notifications"
        ) from None
