"""The activity that forgets deliveries which are old enough."""

from temporalio import activity

from activities.heartbeats import heartbeats
from db.cleanup import deliveries, in_batches
from db.engine import Sessions
from db.webhook_retention import Ages

# As much as fits into the time of one attempt by far; the schedule comes again.
BATCHES = 20


class WebhookRetentionActivities:
    def __init__(self, sessions: Sessions, ages: Ages) -> None:
        self._sessions, self._ages = sessions, ages

    @activity.defn
    async def forget_webhooks(self) -> int:
        """How many rows are gone. Repeatable."""
        async with heartbeats():
            return await in_batches(self._sessions, deliveries(self._ages).forget, BATCHES)
