"""SweepWebhooks: started by a schedule; looks after deliveries that nobody has started."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.webhook_sweep import WebhookSweepActivities
    from contracts.webhooks import SWEEP_WEBHOOKS
    from workflows import options


@workflow.defn(name=SWEEP_WEBHOOKS)
class SweepWebhooks:
    """Fails without retries: the schedule is the next try."""

    @workflow.run
    async def run(self) -> int:
        return await workflow.execute_activity_method(
            WebhookSweepActivities.sweep_webhooks,
            **options.sweep("start what was left"),
        )
