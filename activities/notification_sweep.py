"""The activity that starts the deliveries of messages that were left: none is ever lost."""

from datetime import timedelta
from time import monotonic

from temporalio import activity

from activities.heartbeats import heartbeats
from activities.turns import in_turns, raise_first
from clients.temporal.notifications import NotificationWorkflows
from db.engine import Sessions
from db.notification_sweep import Unsent

BATCH = 100
ENOUGH = timedelta(seconds=20)


class NotificationSweepActivities:
    def __init__(self, sessions: Sessions, deliveries: NotificationWorkflows) -> None:
        self._sessions, self._deliveries = sessions, deliveries

    @activity.defn
    async def sweep_notifications(self) -> int:
        """How many deliveries it started. Repeatable, and harmless beside others of its kind:
        what is being delivered is left alone."""
        started, until = 0, monotonic() + ENOUGH.total_seconds()
        failures: list[BaseException] = []
        async with heartbeats():
            while monotonic() < until:
                async with self._sessions.begin() as session:
                    parcels = await Unsent(session).claim(BATCH)
                begun = await in_turns(self._deliveries.start_left, parcels)
                lost = [one for one in begun if isinstance(one, BaseException)]
                started, failures = started + begun.count(True), failures + lost
                if len(lost) == len(parcels):
                    break
        raise_first(failures)
        return started
