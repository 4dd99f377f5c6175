"""What becomes of a delivery whose worker ends, or fails, beside the workflow's own task."""

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from temporalio import activity
from temporalio.client import (
    Client,
    WorkflowExecutionStatus,
    WorkflowFailureError,
    WorkflowHandle,
)
from temporalio.exceptions import ApplicationError
from temporalio.worker import Replayer, Worker

from contracts.commands import DeliverySettlement, Routed
from contracts.webhooks import PROCESS_WEBHOOK, WebhookStatus, WebhookWork
from workflows.process_webhook import ProcessWebhook

ROW = UUID(int=1)
PATIENCE = 60


class Steps:
    """Stands in for the activities: the first routing does not come to its end."""

    def __init__(self, failure: Exception | None = None) -> None:
        self.failure, self.begun, self.tries = failure, asyncio.Event(), 0
        self.alone: list[bool] = []

    @activity.defn
    async def route_delivery(self, work: WebhookWork) -> Routed:
        self.tries += 1
        self.alone.append(not activity.info().is_local)
        if self.tries == 1:
            self.begun.set()
            if self.failure is not None:
                raise self.failure
            await asyncio.Event().wait()
        return Routed(delivery=ROW, ignored="nothing in it concerns us")

    @activity.defn
    async def settle_delivery(self, settlement: DeliverySettlement) -> None:
        """Nobody looks at it."""


class Site:
    def __init__(self, client: Client, steps: Steps) -> None:
        self._client, self._steps = client, steps
        self._queue = f"ending-{uuid4().hex[:8]}"

    def worker(self) -> Worker:
        return Worker(
            self._client,
            task_queue=self._queue,
            workflows=[ProcessWebhook],
            activities=[self._steps.route_delivery, self._steps.settle_delivery],
            graceful_shutdown_timeout=timedelta(milliseconds=100),
            sticky_queue_schedule_to_start_timeout=timedelta(seconds=1),
        )

    async def begin(self) -> WorkflowHandle[object, str]:
        return await self._client.start_workflow(
            PROCESS_WEBHOOK,
            WebhookWork(row=ROW),
            id=self._queue,
            task_queue=self._queue,
            result_type=str,
        )

    async def replays(self) -> None:
        """As another worker does, when this one has forgotten the run."""
        history = await self._client.get_workflow_handle(self._queue).fetch_history()
        replayer = Replayer(workflows=[ProcessWebhook], data_converter=self._client.data_converter)
        await replayer.replay_workflow(history)


async def test_a_worker_that_ends_amid_routing_leaves_it_to_the_next(temporal: Client) -> None:
    steps = Steps()
    site = Site(temporal, steps)
    async with site.worker():
        handle = await site.begin()
        await asyncio.wait_for(steps.begun.wait(), PATIENCE)
    async with site.worker():
        assert await asyncio.wait_for(handle.result(), PATIENCE) == WebhookStatus.IGNORED
    assert steps.alone == [False, True]
    await site.replays()


@pytest.mark.parametrize(
    "failure", [OSError("away"), ApplicationError("no", type="NoError", non_retryable=True)]
)
async def test_what_fails_beside_the_task_is_tried_by_an_activity_of_its_own(
    temporal: Client, failure: Exception
) -> None:
    """Whatever it was: Postgres that is away, or a refusal that the other one meets as well."""
    steps = Steps(failure)
    site = Site(temporal, steps)
    async with site.worker():
        handle = await site.begin()
        assert await asyncio.wait_for(handle.result(), PATIENCE) == WebhookStatus.IGNORED
    assert steps.alone == [False, True]
    await site.replays()


async def test_who_cancels_a_delivery_is_obeyed(temporal: Client) -> None:
    steps = Steps()
    site = Site(temporal, steps)
    async with site.worker():
        handle = await site.begin()
        await asyncio.wait_for(steps.begun.wait(), PATIENCE)
        await handle.cancel()
        with pytest.raises(WorkflowFailureError):
            await asyncio.wait_for(handle.result(), PATIENCE)
    described = await handle.describe()
    assert described.status is WorkflowExecutionStatus.CANCELED
    await site.replays()
