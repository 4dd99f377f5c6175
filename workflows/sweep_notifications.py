"""SweepNotifications: started by a schedule; looks after messages that nobody delivers."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

with workflow.unsafe.imports_passed_through():
    from activities.notification_sweep import NotificationSweepActivities
    from contracts.notifications import SWEEP_NOTIFICATIONS

ONCE = timedelta(seconds=60)


@workflow.defn(name=SWEEP_NOTIFICATIONS)
class SweepNotifications:
    """Fails without retries: the schedule is the next try."""

    @workflow.run
    async def run(self) -> int:
        return await workflow.execute_activity_method(
            NotificationSweepActivities.sweep_notifications,
            start_to_close_timeout=ONCE,
            schedule_to_close_timeout=ONCE,
            retry_policy=RetryPolicy(maximum_attempts=1),
            summary="deliver what was left",
        )
