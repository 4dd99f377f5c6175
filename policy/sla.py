"""Business time: how much of it lies between two instants, and when so much will have passed."""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from contracts.issues import IssueType, Priority
from contracts.sla import (
    ZERO,
    BusinessCalendar,
    SlaDefinition,
    Weekday,
    since_midnight,
)
from contracts.sla_clocks import SlaAnswer, SlaInstants, SlaQuestion

DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
# A promise that nobody could break within ten years is none: the arithmetic stops there.
HORIZON = timedelta(days=3_660)
WEEK = tuple(Weekday)


def matching(
    definitions: Iterable[SlaDefinition], issue_type: IssueType, priority: Priority
) -> tuple[SlaDefinition, ...]:
    """Those that hold for such a ticket. Which phases they time is asked phase by phase."""
    return tuple(
        one
        for one in definitions
        if one.enabled
        and issue_type in (one.issue_types or IssueType)
        and priority in (one.priorities or Priority)
    )


def zone_known(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def business_time(calendar: BusinessCalendar | None, start: datetime, end: datetime) -> timedelta:
    """Of no calendar all time is business time. An end before the start is no time at all."""
    if calendar is None:
        return max(end - start, ZERO)
    return sum(
        (min(closes, end) - opens for opens, closes in _open(calendar, start, end)), start=ZERO
    )


def instant_after(
    calendar: BusinessCalendar | None, start: datetime, wanted: timedelta
) -> datetime:
    """The first instant at which `wanted` business time has passed since `start`, in UTC. The
    end of the horizon when that would take longer."""
    start = start.astimezone(UTC)
    if calendar is None or wanted <= ZERO:
        return start + max(wanted, ZERO)
    for opens, closes in _open(calendar, start, start + HORIZON):
        if closes - opens >= wanted:
            return opens + wanted
        wanted -= closes - opens
    return start + HORIZON


def _open(
    calendar: BusinessCalendar, start: datetime, end: datetime
) -> Iterator[tuple[datetime, datetime]]:
    """When it is open between the two, in UTC and in order."""
    holidays = frozenset(calendar.holidays)
    for begins, ends, offset in _steady(ZoneInfo(calendar.time_zone), start, end):
        # Under one offset the wall clock neither jumps nor repeats itself, so that plain
        # arithmetic with its times is right.
        wall = timezone(offset)
        first, last = begins.astimezone(wall).date(), ends.astimezone(wall).date()
        for number in range((last - first).days + 1):
            day = first + number * DAY
            for opens, closes in _hours(calendar, holidays, day, wall):
                opens, closes = max(opens, begins), min(closes, ends)
                if opens < closes:
                    yield opens, closes


def _hours(
    calendar: BusinessCalendar, holidays: frozenset[date], day: date, wall: tzinfo
) -> Iterator[tuple[datetime, datetime]]:
    if day in holidays:
        return
    midnight = datetime(day.year, day.month, day.day, tzinfo=wall)
    for hours in calendar.hours.get(WEEK[day.weekday()], ()):
        opens, closes = midnight + since_midnight(hours.opens), midnight + hours.until
        yield opens.astimezone(UTC), closes.astimezone(UTC)


def _steady(
    zone: ZoneInfo, start: datetime, end: datetime
) -> Iterator[tuple[datetime, datetime, timedelta]]:
    """The time between the two in stretches of a day at most, each under one offset from UTC."""
    start, end = start.astimezone(UTC), end.astimezone(UTC)
    while start < end:
        until = min(start + DAY, end)
        offset = _offset(zone, start)
        if _offset(zone, until) != offset:
            until = _change(zone, start, until)
        yield start, until, offset
        start = until


def _change(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The instant between the two at which the clocks were put forward or back."""
    offset = _offset(zone, before)
    # Clocks change at whole seconds.
    low, high = before.replace(microsecond=0), after
    while high - low > SECOND:
        middle = low + (high - low) // SECOND // 2 * SECOND
        if _offset(zone, middle) == offset:
            low = middle
        else:
            high = middle
    return min(low + SECOND, after)


def _offset(zone: ZoneInfo, at: datetime) -> timedelta:
    return at.astimezone(zone).utcoffset() or ZERO


def reckoned(question: SlaQuestion) -> SlaAnswer:
    """What a clock has counted, and the instant of each threshold: in one of its spans, or ahead
    of it while it runs. A threshold that was reached before all of them has none any more."""
    calendar, spent = question.calendar, question.spent
    instants: dict[timedelta, datetime] = {}
    for span in question.spans:
        took = business_time(calendar, span.start, span.end)
        for threshold in question.thresholds:
            if spent < threshold <= spent + took:
                instants[threshold] = instant_after(calendar, span.start, threshold - spent)
        spent += took
    actual = spent
    if question.since is not None:
        actual += business_time(calendar, question.since, question.now)
        for threshold in question.thresholds:
            if threshold > spent:
                instants[threshold] = instant_after(calendar, question.since, threshold - spent)
    warning, critical, breach = map(instants.get, question.thresholds)
    found = SlaInstants(warning=warning, critical=critical, breach=breach)
    return SlaAnswer(spent=spent, actual=actual, instants=found)
