"""The service levels that a fresh installation starts with; people change them in the tables."""

from datetime import time, timedelta

from contracts.issues import Priority
from contracts.sla import (
    BusinessCalendar,
    OpeningHours,
    SlaKind,
    SlaPause,
    SlaSeverity,
    SlaTerms,
    Weekday,
)

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
NINE_TO_FIVE = OpeningHours(opens=time(9), closes=time(17))
# Nobody knows yet where the office is: whoever sets Slipway up says so.
OFFICE = BusinessCalendar(
    name="Office hours",
    time_zone="UTC",
    hours=dict.fromkeys(tuple(Weekday)[:5], (NINE_TO_FIVE,)),
)
TARGETS = (
    (Priority.CRITICAL, 15 * MINUTE, 4 * HOUR, None),
    (Priority.HIGH, 1 * HOUR, 8 * HOUR, OFFICE),
    (Priority.MEDIUM, 4 * HOUR, 24 * HOUR, OFFICE),
    (Priority.LOW, 8 * HOUR, 72 * HOUR, OFFICE),
)
TELL = {
    SlaSeverity.WARNING: ("requester",),
    SlaSeverity.CRITICAL: ("requester", "MANAGER"),
    SlaSeverity.BREACH: ("requester", "MANAGER", "ADMIN"),
}


def seeded() -> tuple[SlaTerms, ...]:
    """For each priority a first response, and a resolution that waits for answers and rests."""
    return tuple(
        terms
        for priority, response, resolution, calendar in TARGETS
        for terms in (
            _terms(SlaKind.FIRST_RESPONSE, priority, response, calendar),
            _terms(SlaKind.RESOLUTION, priority, resolution, calendar),
        )
    )


def _terms(
    clock: SlaKind, priority: Priority, target: timedelta, calendar: BusinessCalendar | None
) -> SlaTerms:
    what = "First response" if clock is SlaKind.FIRST_RESPONSE else "Resolution"
    pauses = (SlaPause.ANSWER, SlaPause.REST) if clock is SlaKind.RESOLUTION else ()
    return SlaTerms(
        name=f"{what} {priority.lower()}",
        clock=clock,
        target=target,
        warning=target * 3 / 4,
        critical=target * 9 / 10,
        priorities=(priority,),
        calendar=calendar,
        pause_on=pauses,
        tell=TELL,
    )
