"""`webhooks`: what came in, and what became of it."""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID

import typer
from sqlalchemy.ext.asyncio import AsyncSession

from cli.context import Desk, at_desk
from cli.exits import DONE, WrongUseError
from cli.options import AsJson, one_of
from cli.terminal import plain
from cli.webhooks.outcomes import outcomes_of
from cli.webhooks.views import as_json, in_full, show
from contracts.webhooks import WebhookStatus
from db.identity import Organizations
from db.webhook_history import WebhookHistory

MOST = 1_000
UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
SINCE = "30m, 12h or 7d ago, or 2026-01-31T12:00"
Since = Annotated[str | None, typer.Option(metavar="TIME", help=SINCE)]
Status = Annotated[
    WebhookStatus | None,
    typer.Option(
        metavar="STATUS",
        parser=one_of(WebhookStatus, "a status"),
        help=", ".join(WebhookStatus).lower(),
    ),
]
Limit = Annotated[int, typer.Option(min=1, max=MOST, help="How many at most.")]
Id = Annotated[str, typer.Argument(metavar="ID")]


def list_(
    context: typer.Context,
    status: Status = None,
    since: Since = None,
    limit: Limit = 50,
    as_json_: AsJson = False,
) -> None:
    """What came in, the newest first."""
    start = moment(since) if since else None

    async def job(desk: Desk) -> int:
        async with desk.sessions.begin() as session:
            rows = await (await history(session, desk)).recent(status, start, limit)
            outcomes = await outcomes_of(session, rows, desk.settings)
        show(rows, outcomes, as_json_)
        return DONE

    at_desk(context, job)


def failed(
    context: typer.Context, since: Since = None, limit: Limit = 50, as_json_: AsJson = False
) -> None:
    """The dead letters: what could not be read, or not be carried out."""
    list_(context, WebhookStatus.FAILED, since, limit, as_json_)


def show_(context: typer.Context, id: Id, as_json_: AsJson = False) -> None:
    """One delivery, with its payload."""
    wanted = delivery_id(id)

    async def job(desk: Desk) -> int:
        async with desk.sessions.begin() as session:
            row = await (await history(session, desk)).find(wanted)
            outcomes = await outcomes_of(session, [row], desk.settings)
        print(as_json(row, outcomes) if as_json_ else in_full(row, outcomes))
        return DONE

    at_desk(context, job)


async def history(session: AsyncSession, desk: Desk) -> WebhookHistory:
    slug = desk.organization
    return WebhookHistory(session, await Organizations(session).ensure(slug, slug))


def moment(text: str) -> datetime:
    """Raises WrongUseError."""
    ago = re.fullmatch(r"([1-9]\d{0,4})([mhd])", text)
    if ago is not None:
        return datetime.now(UTC) - int(ago[1]) * UNITS[ago[2]]
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        raise WrongUseError(f"{plain(text, 60)!r} is not a time; write {SINCE}.") from None


def delivery_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise WrongUseError(f"{plain(text, 60)!r} is not the id of a delivery.") from None
