"""How long a timer is set for."""

from datetime import datetime, timedelta

from temporalio import workflow

# A timer that came a little early is set again, but not for no time at all.
SHORTEST = timedelta(milliseconds=10)


def until(instant: datetime) -> timedelta:
    return max(instant - workflow.now(), SHORTEST)
