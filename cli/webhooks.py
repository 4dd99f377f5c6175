"""`webhooks`: what came in, what became of it, and to do it again."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID

import typer
from sqlalchemy.ext.asyncio import AsyncSession

from cli.context import Desk, Needs, at_desk
from cli.exits import DONE, NotFoundError, WrongUseError
from cli.options import AsJson, one_of
from cli.terminal import output, plain
from cli.webhook_views import as_json, in_full, number_of, show
from clients.webhooks import WebhookWorkflows
from contracts.webhooks import WebhookStatus, WebhookWork
from db.identity import Organizations
from db.webhook_history import NotReplayableError, WebhookHistory
from db.webhooks import UnknownDeliveryError, Waiting

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
SomeId = Annotated[str | None, typer.Argument(metavar="[ID]")]


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
        show(rows, as_json_)
        return DONE

    at_desk(context, job)


def failed(
    context: typer.Context, since: Since = None, limit: Limit = 50, as_json_: AsJson = False
) -> None:
    """The dead letters: what could not be read, or not be carried out."""
    list_(context, WebhookStatus.FAILED, since, limit, as_json_)


def show_(context: typer.Context, id: Id, as_json_: AsJson = False) -> None:
    """One delivery, with its payload."""
    wanted = _uuid(id)

    async def job(desk: Desk) -> int:
        async with desk.sessions.begin() as session:
            try:
                row = await (await history(session, desk)).find(wanted)
            except UnknownDeliveryError as error:
                raise NotFoundError(str(error)) from error
        print(as_json(row) if as_json_ else in_full(row))
        return DONE

    at_desk(context, job)


def replay(context: typer.Context, id: SomeId = None, since: Since = None) -> None:
    """Process a delivery once more, or all that failed since. What is done is not done twice."""
    if (id is None) == (since is None):
        raise WrongUseError("Say an ID, or --since.")
    wanted = _uuid(id) if id else None
    start = moment(since) if since else None

    async def job(desk: Desk) -> int:
        waiting = [await _again(desk, wanted)] if wanted else await _failed_since(desk, start)
        workflows = WebhookWorkflows(desk.client, desk.settings.slipway_task_queue)
        for one in waiting:
            # What is not started now, the sweep starts.
            await workflows.start(one.workflow_id, WebhookWork(row=one.id, replay=one.replay))
        output().print(f"to be processed once more: {number_of(len(waiting))}")
        return DONE

    at_desk(context, job, Needs.ALL)


async def _again(desk: Desk, id: UUID) -> Waiting:
    async with desk.sessions.begin() as session:
        try:
            return await (await history(session, desk)).replay(id)
        except UnknownDeliveryError as error:
            raise NotFoundError(str(error)) from error


async def _failed_since(desk: Desk, since: datetime | None) -> list[Waiting]:
    waiting = []
    async with desk.sessions.begin() as session:
        past = await history(session, desk)
        for row in await past.recent(WebhookStatus.FAILED, since, MOST):
            try:
                waiting.append(await past.replay(row.id))
            except NotReplayableError as error:
                output().print(plain(str(error), 300))
    return waiting


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


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise WrongUseError(f"{plain(text, 60)!r} is not the id of a delivery.") from None


WEBHOOKS: dict[str, Callable[..., None]] = {
    "list": list_,
    "show": show_,
    "failed": failed,
    "replay": replay,
}
