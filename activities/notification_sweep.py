"""The activity that starts the deliveries of messages that were left: none is ever lost."""

import asyncio
from datetime import timedelta
from time import monotonic

from temporalio import activity

from clients.deliveries import Deliveries
from contracts.notifications import Parcel
from db.engine import Sessions
from db.notification_sweep import Unsent

BATCH = 100
AT_ONCE = 16
ENOUGH = timedelta(seconds=20)


class NotificationSweepActivities:
    def __init__(self, sessions: Sessions, deliveries: Deliveries) -> None:
        self._sessions, self._deliveries = sessions, deliveries

    @activity.defn
    async def sweep_notifications(self) -> int:
        """How many deliveries it started. Repeatable, and harmless beside others of its kind:
        what is being delivered is left alone."""
        started, until = 0, monotonic() + ENOUGH.total_seconds()
        while monotonic() < until:
            async with self._sessions.begin() as session:
                parcels = await Unsent(session).claim(BATCH)
            turns = asyncio.Semaphore(AT_ONCE)
            begun = await asyncio.gather(*(self._start(one, turns) for one in parcels))
            started += sum(begun)
            if not parcels:
                break
        return started

    async def _start(self, parcel: Parcel, turns: asyncio.Semaphore) -> bool:
        async with turns:
            return await self._deliveries.start_left(parcel)
