"""The activities that forget what is old enough: deliveries, customers' tickets, links."""

from datetime import timedelta

from temporalio import activity

from activities.heartbeats import heartbeats
from db.approval_link_retention import KEPT
from db.engine import Sessions
from db.retention import deliveries, in_batches, links, tickets
from db.webhook_retention import Ages

# Of deliveries: as much as fits into the time of one attempt by far; the schedule comes again.
BATCHES = 20


class RetentionActivities:
    """Each answers how many rows are gone, deletes batch by batch, and is repeatable. `ages` is
    how long deliveries are kept."""

    def __init__(self, sessions: Sessions, ages: Ages) -> None:
        self._sessions, self._ages = sessions, ages

    @activity.defn
    async def forget_webhooks(self) -> int:
        async with heartbeats():
            return await in_batches(self._sessions, deliveries(self._ages).forget, BATCHES)

    @activity.defn
    async def forget_tickets(self, age: timedelta) -> int:
        async with heartbeats():
            return await in_batches(self._sessions, tickets(age).forget)

    @activity.defn
    async def forget_approval_links(self) -> int:
        async with heartbeats():
            return await in_batches(self._sessions, links(KEPT).forget)
