"""Ends a worker that stands still, so that another one takes its place."""

import asyncio
import logging
from collections.abc import Callable
from datetime import timedelta

from entry import AWAY, leave
from workflows.local_activities import LOCAL_ACTIVITIES, LocalActivities

# The SDK ends each of ours after 30 s (workflows/nearby.py), if it still does anything.
OVERDUE, EACH = timedelta(minutes=2), timedelta(seconds=10)
log = logging.getLogger(__name__)


async def look_out(
    awaited: LocalActivities = LOCAL_ACTIVITIES,
    each: timedelta = EACH,
    end: Callable[[int], object] = leave,
) -> None:
    """Until it is cancelled. Seen twice, since a process that was stopped for a while has to be
    given time: in bursts the SDK's core (temporalio 1.35) was seen to start no local activity any
    more, for ever, while all else looked well (ADR 19)."""
    overdue = 0
    while overdue < 2:
        await asyncio.sleep(each.total_seconds())
        overdue = overdue + 1 if awaited.longest > OVERDUE.total_seconds() else 0
    log.critical("worker: nothing that workflows wait for comes any more: ends, to begin anew")
    end(AWAY)
