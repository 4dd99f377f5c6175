"""`webhooks replay`: to process once more what came in."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import typer

from cli.connected import ConnectedDesk, at_connected_desk
from cli.exits import DONE, WrongUseError
from cli.terminal import output, plain
from cli.webhook_views import number_of
from cli.webhooks import MOST, Since, delivery_id, history, moment
from clients.webhooks import WebhookWorkflows
from contracts.webhooks import WebhookStatus, WebhookWork
from db.webhook_history import NotReplayableError
from db.webhooks import Waiting

SomeId = Annotated[str | None, typer.Argument(metavar="[ID]")]


def replay(context: typer.Context, id: SomeId = None, since: Since = None) -> None:
    """Process a delivery once more, or all that failed since. What is done is not done twice."""
    if (id is None) == (since is None):
        raise WrongUseError("Say an ID, or --since.")
    wanted = delivery_id(id) if id else None
    start = moment(since) if since else None

    async def job(desk: ConnectedDesk) -> int:
        waiting = [await _again(desk, wanted)] if wanted else await _failed_since(desk, start)
        workflows = WebhookWorkflows(desk.client, desk.settings.slipway_task_queue)
        for one in waiting:
            # What is not started now, the sweep starts.
            await workflows.start(one.workflow_id, WebhookWork(row=one.id, replay=one.replay))
        output().print(f"to be processed once more: {number_of(len(waiting))}")
        return DONE

    at_connected_desk(context, job)


async def _again(desk: ConnectedDesk, id: UUID) -> Waiting:
    async with desk.sessions.begin() as session:
        return await (await history(session, desk)).replay(id)


async def _failed_since(desk: ConnectedDesk, since: datetime | None) -> list[Waiting]:
    waiting = []
    async with desk.sessions.begin() as session:
        past = await history(session, desk)
        for row in await past.recent(WebhookStatus.FAILED, since, MOST):
            try:
                waiting.append(await past.replay(row.id))
            except NotReplayableError as error:
                output().print(plain(str(error), 300))
    return waiting
