"""ForgetWebhooks: deletes deliveries from the inbox when they are old enough."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.webhook_retention import WebhookRetentionActivities
    from contracts.webhooks import FORGET_WEBHOOKS
    from workflows import options


@workflow.defn(name=FORGET_WEBHOOKS)
class ForgetWebhooks:
    """A schedule starts it (cli/schedules.py); how old is old, the worker's settings say."""

    @workflow.run
    async def run(self) -> int:
        """How many rows are gone."""
        return await workflow.execute_activity_method(
            WebhookRetentionActivities.forget_webhooks,
            **options.upkeep("forget old deliveries"),
        )
