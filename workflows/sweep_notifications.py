"""SweepNotifications: started by a schedule; looks after messages that nobody delivers."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.notification_sweep import NotificationSweepActivities
    from contracts.notifications import SWEEP_NOTIFICATIONS
    from workflows import options


@workflow.defn(name=SWEEP_NOTIFICATIONS)
class SweepNotifications:
    """Fails without retries: the schedule is the next try."""

    @workflow.run
    async def run(self) -> int:
        return await workflow.execute_activity_method(
            NotificationSweepActivities.sweep_notifications,
            **options.sweep("deliver what was left"),
        )
