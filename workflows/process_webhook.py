"""ProcessWebhook: a delivery, from its row in the inbox to a known outcome."""

import asyncio
from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError
from temporalio.workflow import ActivityConfig

with workflow.unsafe.imports_passed_through():
    from activities.webhooks import WebhookActivities
    from contracts.commands import AnyCommand, DeliverySettlement, Effect
    from contracts.text import clipped
    from contracts.webhooks import PROCESS_WEBHOOK, WebhookStatus, WebhookWork
    from policy.markdown import escaped
    from workflows import options
    from workflows.failures import said_by, was_cancelled
    from workflows.nearby import nearby
    from workflows.webhook_steps import step_for

PATIENCE = timedelta(hours=24)


@workflow.defn(name=PROCESS_WEBHOOK)
class ProcessWebhook:
    """Each command is carried out once, however often the delivery comes or is replayed."""

    @workflow.init
    def __init__(self, work: WebhookWork) -> None:
        self._deadline = workflow.now() + PATIENCE

    @workflow.run
    async def run(self, work: WebhookWork) -> WebhookStatus:
        try:
            asked = self._patient("what does it ask of us?")
            routed = await nearby(WebhookActivities.route_delivery, work, asked)
        except ActivityError as error:
            return await self._settle(work, WebhookStatus.FAILED, _failure(error))
        if routed.settled is not None:
            return self._told(routed.settled, routed.ignored)
        known = WebhookWork(row=routed.delivery, replay=work.replay)
        if routed.ignored is not None:
            return await self._settle(known, WebhookStatus.IGNORED, routed.ignored)
        effects = await asyncio.gather(*(self._carry_out(one) for one in routed.commands))
        return await self._settle(known, *_outcome(effects))

    async def _carry_out(self, command: AnyCommand) -> Effect | str:
        """The reason when it could not be done; the other commands are carried out all the same."""
        step = step_for(command)
        patient = self._patient(step.summary)
        try:
            return await workflow.execute_activity_method(step.activity, command, **patient)
        except ActivityError as error:
            return _failure(error)

    async def _settle(
        self, work: WebhookWork, status: WebhookStatus, why: str | None
    ) -> WebhookStatus:
        settlement = DeliverySettlement(work=work, status=status, why=clipped(why) if why else None)
        ending = options.database(f"it ends {status}")
        await nearby(WebhookActivities.settle_delivery, settlement, ending)
        return self._told(status, why)

    def _told(self, status: WebhookStatus, why: str | None) -> WebhookStatus:
        workflow.set_current_details(f"{status}: {escaped(why, 500)}" if why else status)
        return status

    def _patient(self, summary: str) -> ActivityConfig:
        """Until the delivery's own patience ends. An update may wait a minute for its answer."""
        return ActivityConfig(
            summary=summary,
            start_to_close_timeout=timedelta(seconds=90),
            schedule_to_close_timeout=max(self._deadline - workflow.now(), timedelta(minutes=1)),
            retry_policy=RetryPolicy(
                initial_interval=timedelta(milliseconds=200), maximum_interval=timedelta(minutes=1)
            ),
        )


def _outcome(effects: list[Effect | str]) -> tuple[WebhookStatus, str | None]:
    """One failure makes it a dead letter: a replay then tries what was not done. Else one effect
    makes it processed; what was refused beside it stays on record."""
    failures = [one for one in effects if isinstance(one, str)]
    if failures:
        return WebhookStatus.FAILED, "; ".join(failures)
    told = [one for one in effects if isinstance(one, Effect)]
    refused = "; ".join(one.note for one in told if not one.happened)
    if any(one.happened for one in told):
        return WebhookStatus.PROCESSED, refused or None
    return WebhookStatus.IGNORED, refused


def _failure(error: ActivityError) -> str:
    if was_cancelled(error):
        raise error
    kind, reason = said_by(error)
    return f"{kind}: {reason}"
