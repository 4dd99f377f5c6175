"""`webhooks replay`: to process once more what came in."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

import typer

from cli.connected import ConnectedDesk, at_connected_desk
from cli.exits import DONE, WrongUseError
from cli.terminal import output, plain
from cli.webhooks.deliveries import Since, delivery_id, history, moment
from cli.webhooks.views import number_of
from clients.temporal.webhooks import WebhookWorkflows
from contracts.webhooks import WebhookWork
from db.webhook_history import NotReplayableError
from db.webhooks import UnknownDeliveryError, WaitingDelivery

# Few enough for their workflows to be started before the sweep looks after them.
AT_ONCE = 200
SomeId = Annotated[str | None, typer.Argument(metavar="[ID]")]


def replay(context: typer.Context, id: SomeId = None, since: Since = None) -> None:
    """Process a delivery once more, or all that failed since. What is done is not done twice."""
    if (id is None) == (since is None):
        raise WrongUseError("Say an ID, or --since.")
    wanted = delivery_id(id) if id else None
    start = moment(since) if since else None

    async def job(desk: ConnectedDesk) -> int:
        if wanted is not None:
            count = await _start(desk, [await _again(desk, wanted)])
        else:
            count = await _failed_since(desk, start)
        output().print(f"to be processed once more: {number_of(count)}")
        return DONE

    at_connected_desk(context, job)


async def _start(desk: ConnectedDesk, waiting: Sequence[WaitingDelivery]) -> int:
    """What is not started now, the sweep starts."""
    workflows = WebhookWorkflows(desk.client, desk.settings.slipway_task_queue)
    for one in waiting:
        await workflows.start(one.workflow_id, WebhookWork(row=one.id, replay=one.replay))
    return len(waiting)


async def _again(desk: ConnectedDesk, id: UUID) -> WaitingDelivery:
    async with desk.sessions.begin() as session:
        return await (await history(session, desk)).replay(id)


async def _failed_since(desk: ConnectedDesk, since: datetime | None) -> int:
    """All that had failed when it was asked: what fails once more meanwhile has its own turn."""
    async with desk.sessions.begin() as session:
        past = await history(session, desk)
        failed = await past.failed(since, readable=True)
        lost = await past.failed(since, readable=False)
    if lost:
        output().print(f"cannot be read, and stay as they are: {number_of(len(lost))}")
    count = 0
    for begin in range(0, len(failed), AT_ONCE):
        count += await _start(desk, await _waiting(desk, failed[begin : begin + AT_ONCE]))
    return count


async def _waiting(desk: ConnectedDesk, ids: Sequence[UUID]) -> list[WaitingDelivery]:
    waiting = []
    async with desk.sessions.begin() as session:
        past = await history(session, desk)
        for id in ids:
            try:
                waiting.append(await past.replay(id))
            except (NotReplayableError, UnknownDeliveryError) as error:
                output().print(plain(str(error), 300))
    return waiting
