"""What looks after work that nobody does. Schedules start it (cli/schedules.py), and are the next
try, too: so it fails without retries."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.notification_sweep import NotificationSweepActivities
    from activities.webhook_sweep import WebhookSweepActivities
    from contracts.notifications import SWEEP_NOTIFICATIONS
    from contracts.webhooks import SWEEP_WEBHOOKS
    from workflows import options


@workflow.defn(name=SWEEP_WEBHOOKS)
class SweepWebhooks:
    """Deliveries that nobody has started."""

    @workflow.run
    async def run(self) -> int:
        """How many it looked after."""
        return await workflow.execute_activity_method(
            WebhookSweepActivities.sweep_webhooks, **options.sweep("start what was left")
        )


@workflow.defn(name=SWEEP_NOTIFICATIONS)
class SweepNotifications:
    """Messages that nobody delivers."""

    @workflow.run
    async def run(self) -> int:
        """How many deliveries it started."""
        return await workflow.execute_activity_method(
            NotificationSweepActivities.sweep_notifications,
            **options.sweep("deliver what was left"),
        )
