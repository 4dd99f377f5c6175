"""`resend`: messages that were lost, delivered once more."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID

import typer

from cli.connected import ConnectedDesk, at_connected_desk
from cli.exits import DONE, ForbiddenByStateError, WrongUseError
from cli.options import AsJson
from cli.terminal import output, plain
from cli.webhooks.deliveries import SINCE, moment
from clients.temporal.notifications import NotificationWorkflows
from contracts.notifications import LOST, NotificationRow, NotificationStatus, Parcel
from db.identity import Organizations
from db.notification_endpoints import Endpoints
from db.notification_lists import Lost, NotificationList
from db.notifications import Notifications

# Whoever is told today of what was asked last week is misled.
LATELY = timedelta(days=1)
MOST = 500
Id = Annotated[str | None, typer.Argument(metavar="[ID]", help="as `notifications` shows it")]
Failed = Annotated[
    bool, typer.Option("--failed", help="All that failed, what did so longest ago first.")
]
OfEndpoint = Annotated[
    str | None, typer.Option("--endpoint", metavar="NAME", help="With --failed: to this one only.")
]
Since = Annotated[
    str | None, typer.Option(metavar="TIME", help=f"With --failed: {SINCE}. The last day, if not.")
]
Limit = Annotated[int, typer.Option(min=1, max=MOST, help="With --failed: how many at most.")]


@dataclass(frozen=True)
class Wanted:
    """What failed since `since`, of one endpoint or all."""

    since: datetime
    endpoint: str | None
    limit: int


def resend(
    context: typer.Context,
    id_: Id = None,
    failed: Failed = False,
    endpoint: OfEndpoint = None,
    since: Since = None,
    limit: Limit = 200,
    as_json: AsJson = False,
) -> None:
    """Deliver a message that failed, or all that did; start a delivery that was lost.
    Harmless if repeated."""
    if (id_ is None) != failed or (not failed and (endpoint or since)):
        raise WrongUseError("Say an ID, or --failed, which --endpoint and --since may narrow.")
    id = _id(id_) if id_ is not None else None
    start = moment(since) if since else datetime.now(UTC) - LATELY

    async def job(desk: ConnectedDesk) -> int:
        if id is not None:
            row = await _one(desk, id)
            found = Lost(rows=[row], failed=1, bounced=0)
        else:
            found = await _lost(desk, Wanted(start, endpoint, limit))
        if as_json:
            print(json.dumps(_as_json(found)))
            return DONE
        for line in [_told(found.rows[0])] if id is not None else _all_told(found):
            output().print(line)
        return DONE

    at_connected_desk(context, job)


async def _one(desk: ConnectedDesk, id: UUID) -> NotificationRow:
    async with desk.sessions() as session:
        row = await NotificationList(session, desk.organization).one(id)
        waiting = await Notifications(session).parcels([row.dedupe_key])
    if row.status not in (*LOST, NotificationStatus.PENDING):
        raise ForbiddenByStateError(
            f"The message was {row.status.lower()}: it is not sent again. Those that were "
            "lost: starter.py notifications --failed"
        )
    await _start(desk, waiting or [Parcel(key=row.dedupe_key, resend=True)])
    return row


async def _lost(desk: ConnectedDesk, wanted: Wanted) -> Lost:
    """A delivery takes up only what failed still: whoever asks twice sends nothing twice."""
    async with desk.sessions.begin() as session:
        slug, endpoint_id = desk.organization, None
        if wanted.endpoint is not None:
            organization_id = await Organizations(session).ensure(slug, slug)
            endpoint_id = await Endpoints(session, organization_id).id_of(wanted.endpoint)
        messages = NotificationList(session, slug)
        found = await messages.lost(wanted.since, endpoint_id, wanted.limit)
    await _start(desk, [Parcel(key=row.dedupe_key, resend=True) for row in found.rows])
    return found


async def _start(desk: ConnectedDesk, parcels: Sequence[Parcel]) -> None:
    deliveries = NotificationWorkflows(desk.client, desk.settings.slipway_task_queue)
    for parcel in parcels:
        await deliveries.start(parcel)


def _told(row: NotificationRow) -> str:
    return f"{row.id} is being delivered to {plain(row.recipient, 80)}"


def _all_told(found: Lost) -> list[str]:
    lines = [_told(row) for row in found.rows]
    left = found.failed - len(found.rows)
    lines.append(f"to be delivered once more: {_number_of(len(found.rows))}")
    if left:
        lines.append(f"left: {_number_of(left)}. Say it again once these are on their way")
    if found.bounced:
        lines.append(
            f"refused for good, and not sent again unless by ID: {_number_of(found.bounced)}"
        )
    return lines


def _as_json(found: Lost) -> dict[str, object]:
    return {
        "resent": [str(row.id) for row in found.rows],
        "left": found.failed - len(found.rows),
        "bounced": found.bounced,
    }


def _number_of(count: int) -> str:
    return "1 message" if count == 1 else f"{count} messages"


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise WrongUseError(
            f"{plain(text, 80)!r} is no message's id: see starter.py notifications"
        ) from None
