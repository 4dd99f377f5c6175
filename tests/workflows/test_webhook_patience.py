"""How long a delivery is tried, and what becomes of the rest of it."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from temporalio import activity
from temporalio.worker import Worker

from contracts.commands import (
    AnyCommand,
    DeliverySettlement,
    Effect,
    FollowPullRequest,
    LinkDevelopment,
    PullRequestStage,
    Routed,
)
from contracts.webhooks import PROCESS_WEBHOOK, WebhookStatus, WebhookWork
from tests.workflows.skipped_time import time_skipping
from workflows.process_webhook import PATIENCE, ProcessWebhook

ROW = UUID(int=1)
AT = datetime(2026, 3, 1, tzinfo=UTC)


class Steps:
    """Stands in for the activities: links are never made, pull requests are followed at once."""

    def __init__(self) -> None:
        self.settled: list[DeliverySettlement] = []
        self.followed, self.tries = 0, 0
        self.took = timedelta()

    @activity.defn
    async def route_delivery(self, work: WebhookWork) -> Routed:
        assert work.row is not None
        commands: tuple[AnyCommand, ...] = (
            LinkDevelopment(at=AT),
            FollowPullRequest(at=AT, stage=PullRequestStage.OPEN),
        )
        return Routed(delivery=work.row, commands=commands)

    @activity.defn
    async def link_development(self, command: LinkDevelopment) -> Effect:
        self.tries += 1
        info = activity.info()
        self.took = info.current_attempt_scheduled_time - info.scheduled_time
        raise OSError("the store is away")

    @activity.defn
    async def follow_pull_request(self, command: FollowPullRequest) -> Effect:
        self.followed += 1
        return Effect(happened=True)

    @activity.defn
    async def settle_delivery(self, settlement: DeliverySettlement) -> None:
        self.settled.append(settlement)


async def test_after_a_day_it_is_a_dead_letter_and_the_rest_of_it_was_done() -> None:
    steps, queue = Steps(), f"patience-{uuid4()}"
    async with (
        time_skipping() as environment,
        Worker(
            environment.client,
            task_queue=queue,
            workflows=[ProcessWebhook],
            activities=[
                steps.route_delivery,
                steps.link_development,
                steps.follow_pull_request,
                steps.settle_delivery,
            ],
        ),
    ):
        status = await environment.client.execute_workflow(
            PROCESS_WEBHOOK, WebhookWork(row=ROW), id=queue, task_queue=queue, result_type=str
        )
    assert status == WebhookStatus.FAILED
    (settlement,) = steps.settled
    assert settlement.work.row == ROW
    assert settlement.why == "OSError: the store is away"
    assert steps.followed == 1
    assert PATIENCE - timedelta(minutes=2) < steps.took < PATIENCE
