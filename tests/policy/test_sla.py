"""Business time, held against counting it minute by minute."""

from datetime import UTC, date, datetime, time, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from contracts.issues import IssueType, Priority
from contracts.sla import BusinessCalendar, OpeningHours, SlaDefinition, SlaKind, Weekday
from policy.sla import HORIZON, business_time, instant_after, matching, zone_known

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
OFFICE = (OpeningHours(opens=time(9), closes=time(17)),)
WORKDAYS = tuple(Weekday)[:5]
# Zones, and a day on which their clocks change: forward and back, at midnight, by half an hour.
CHANGES = [
    ("Europe/Berlin", date(2026, 3, 29)),
    ("Europe/Berlin", date(2026, 10, 25)),
    ("America/New_York", date(2026, 11, 1)),
    ("America/Santiago", date(2026, 9, 6)),
    ("America/Santiago", date(2026, 4, 5)),
    ("Australia/Lord_Howe", date(2026, 10, 4)),
    ("Australia/Lord_Howe", date(2026, 4, 5)),
    ("Africa/Casablanca", date(2026, 2, 15)),
    ("Asia/Kathmandu", date(2026, 6, 1)),
    ("UTC", date(2026, 1, 1)),
]


def calendar(zone: str = "Europe/Berlin", *holidays: date) -> BusinessCalendar:
    return BusinessCalendar(
        name="office",
        time_zone=zone,
        hours=dict.fromkeys(WORKDAYS, OFFICE),
        holidays=holidays,
    )


def berlin(*when: int) -> datetime:
    return datetime(*when, tzinfo=ZoneInfo("Europe/Berlin"))  # type: ignore[arg-type,misc]  # y, m, d, h, m


def open_at(calendar: BusinessCalendar, minute: datetime) -> bool:
    wall = minute.astimezone(ZoneInfo(calendar.time_zone))
    if wall.date() in calendar.holidays:
        return False
    hours = calendar.hours.get(tuple(Weekday)[wall.weekday()], ())
    return any(
        one.opens <= wall.time() and (one.closes == time(0) or wall.time() < one.closes)
        for one in hours
    )


def counted(calendar: BusinessCalendar, start: datetime, end: datetime) -> timedelta:
    minutes = range((end - start) // MINUTE)
    return sum((open_at(calendar, start + n * MINUTE) for n in minutes), start=0) * MINUTE


@st.composite
def hours(draw: st.DrawFn) -> tuple[OpeningHours, ...]:
    """Up to two of a day, the first for an hour at least, the last perhaps until midnight."""
    minutes = st.lists(st.integers(0, 1440), min_size=2, max_size=4, unique=True).map(sorted)
    marks = draw(minutes.filter(lambda drawn: drawn[1] - drawn[0] >= 60))
    pairs = zip(marks[::2], marks[1::2], strict=False)
    at = [tuple(time(m // 60 % 24, m % 60) for m in pair) for pair in pairs]
    return tuple(OpeningHours(opens=opens, closes=closes) for opens, closes in at)


@st.composite
def situations(draw: st.DrawFn) -> tuple[BusinessCalendar, datetime]:
    """A calendar, and a minute near a change of its clocks."""
    zone, day = draw(st.sampled_from(CHANGES))
    week = st.dictionaries(st.sampled_from(Weekday), hours(), min_size=1)
    near = st.dates(day - 2 * DAY, day + 4 * DAY)
    made = BusinessCalendar(
        name="drawn",
        time_zone=zone,
        hours=draw(week),
        holidays=tuple(draw(st.sets(near, max_size=2))),
    )
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    start = midnight + draw(st.integers(-2 * 1440, 1440)) * MINUTE
    return made, start


@given(situations(), st.integers(0, 4 * 1440))
def test_business_time_is_what_counting_each_minute_says(
    situation: tuple[BusinessCalendar, datetime], minutes: int
) -> None:
    made, start = situation
    end = start + minutes * MINUTE
    assert business_time(made, start, end) == counted(made, start, end)


@given(situations(), st.integers(1, 1500))
def test_the_instant_after_is_the_first_at_which_so_much_has_passed(
    situation: tuple[BusinessCalendar, datetime], minutes: int
) -> None:
    made, start = situation
    wanted = minutes * MINUTE
    instant = instant_after(made, start, wanted)
    if instant - start <= 5 * DAY:
        assert counted(made, start, instant) == wanted
        assert open_at(made, instant - MINUTE)
    assert business_time(made, start, instant) == wanted
    assert business_time(made, start, instant - timedelta(microseconds=1)) < wanted


@given(situations(), st.integers(1, 600), st.integers(0, 900), st.integers(0, 900))
def test_a_pause_costs_exactly_the_business_time_that_lies_in_it(
    situation: tuple[BusinessCalendar, datetime], wanted: int, ran: int, paused: int
) -> None:
    made, start = situation
    stopped = start + ran * MINUTE
    resumed = stopped + paused * MINUTE
    left = wanted * MINUTE - business_time(made, start, stopped)
    if left <= timedelta():
        return
    moved = instant_after(made, resumed, left)
    lost = business_time(made, stopped, resumed)
    assert moved == instant_after(made, start, wanted * MINUTE + lost)
    assert business_time(made, start, moved) == wanted * MINUTE + lost


@pytest.mark.parametrize(
    ("start", "wanted", "instant"),
    [
        (berlin(2026, 6, 1, 9), 8 * HOUR, berlin(2026, 6, 1, 17)),
        (berlin(2026, 6, 5, 16), 2 * HOUR, berlin(2026, 6, 8, 10)),
        (berlin(2026, 6, 6, 12), 1 * HOUR, berlin(2026, 6, 8, 10)),
        # A Thursday, Good Friday, Easter Monday, and clocks put forward a week before.
        (berlin(2026, 4, 2, 16), 2 * HOUR, berlin(2026, 4, 7, 10)),
        (berlin(2026, 3, 27, 16), 9 * HOUR, berlin(2026, 3, 30, 17)),
        (berlin(2026, 10, 23, 16), 9 * HOUR, berlin(2026, 10, 26, 17)),
    ],
)
def test_weekends_holidays_and_changed_clocks(
    start: datetime, wanted: timedelta, instant: datetime
) -> None:
    easter = calendar("Europe/Berlin", date(2026, 4, 3), date(2026, 4, 6))
    assert instant_after(easter, start, wanted) == instant
    assert business_time(easter, start, instant) == wanted


def test_a_night_with_changed_clocks_is_an_hour_shorter_or_longer() -> None:
    always = BusinessCalendar(
        name="always",
        time_zone="Europe/Berlin",
        hours=dict.fromkeys(Weekday, (OpeningHours(opens=time(0), closes=time(0)),)),
    )
    march, october = berlin(2026, 3, 29), berlin(2026, 10, 25)
    assert business_time(always, march, berlin(2026, 3, 30)) == 23 * HOUR
    assert business_time(always, october, berlin(2026, 10, 26)) == 25 * HOUR
    assert instant_after(always, march, 24 * HOUR) == berlin(2026, 3, 30, 1)


def test_without_a_calendar_all_time_counts() -> None:
    start = berlin(2026, 3, 28, 12)
    assert instant_after(None, start, DAY) == start.astimezone(UTC) + DAY
    assert business_time(None, start, start + DAY) == business_time(None, start, start + DAY)
    assert business_time(None, start + DAY, start) == timedelta()


def test_what_nobody_could_reach_ends_at_the_horizon() -> None:
    minute = OpeningHours(opens=time(9), closes=time(9, 1))
    rarely = BusinessCalendar(name="rarely", hours={Weekday.MONDAY: (minute,)})
    start = datetime(2026, 1, 1, tzinfo=UTC)
    assert instant_after(rarely, start, 300 * DAY) == start + HORIZON


def test_a_definition_holds_for_the_tickets_it_names() -> None:
    def named(name: str, **rest: object) -> SlaDefinition:
        terms = {"name": name, "clock": SlaKind.RESOLUTION, "target": HOUR, **rest}
        return SlaDefinition.model_validate({"id": uuid4(), **terms})

    definitions = (
        named("all"),
        named("bugs", issue_types=("BUG",)),
        named("high", priorities=("HIGH",)),
        named("high bugs", issue_types=("BUG",), priorities=("HIGH", "CRITICAL")),
        named("off", enabled=False),
    )

    def names(issue_type: IssueType, priority: Priority) -> list[str]:
        return [one.name for one in matching(definitions, issue_type, priority)]

    assert names(IssueType.BUG, Priority.HIGH) == ["all", "bugs", "high", "high bugs"]
    assert names(IssueType.TASK, Priority.HIGH) == ["all", "high"]
    assert names(IssueType.BUG, Priority.LOW) == ["all", "bugs"]


def test_calendars_that_make_no_sense_are_refused() -> None:
    late, early = OFFICE[0], OpeningHours(opens=time(8), closes=time(10))
    for hours in ({}, {Weekday.MONDAY: ()}, {Weekday.MONDAY: (early, late)}):
        with pytest.raises(ValidationError):
            BusinessCalendar(name="x", hours=hours)
    with pytest.raises(ValidationError):
        OpeningHours(opens=time(17), closes=time(9))
    with pytest.raises(ValidationError):
        BusinessCalendar(name="x", time_zone="../etc/passwd", hours={Weekday.MONDAY: OFFICE})


@pytest.mark.parametrize(
    ("name", "known"), [("Europe/Berlin", True), ("UTC", True), ("Mars/Base", False), ("a", False)]
)
def test_a_zone_is_known_or_not(name: str, known: bool) -> None:
    assert zone_known(name) is known
