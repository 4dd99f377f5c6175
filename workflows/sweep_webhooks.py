"""SweepWebhooks: started by a schedule; looks after deliveries that nobody has started."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

with workflow.unsafe.imports_passed_through():
    from activities.webhook_sweep import WebhookSweepActivities
    from contracts.webhooks import SWEEP_WEBHOOKS

ONCE = timedelta(seconds=60)


@workflow.defn(name=SWEEP_WEBHOOKS)
class SweepWebhooks:
    """Fails without retries: the schedule is the next try."""

    @workflow.run
    async def run(self) -> int:
        return await workflow.execute_activity_method(
            WebhookSweepActivities.sweep_webhooks,
            start_to_close_timeout=ONCE,
            schedule_to_close_timeout=ONCE,
            retry_policy=RetryPolicy(maximum_attempts=1),
            summary="start what was left",
        )
