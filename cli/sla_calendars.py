"""`sla calendars`, `calendar`: when business is done, and when it is not."""

from datetime import date, time
from itertools import takewhile
from typing import Annotated, Any

import typer

from cli.audit import Edit, keep
from cli.context import Desk, at_desk
from cli.exits import DONE, WrongUseError
from cli.listing import listed
from cli.options import As, AsJson, who_am_i
from cli.terminal import output, plain
from contracts.sla import BusinessCalendar, OpeningHours, Weekday
from db.identity import Organizations
from db.sla_terms import Calendars
from policy.sla import zone_known

WEEK = list(Weekday)
SHORT = {day.value[:3]: day for day in Weekday}
CLOSED = "closed"
Name = Annotated[str, typer.Argument(metavar="NAME", help="In quotes, as `sla calendars` says.")]
Zone = Annotated[str | None, typer.Option("--zone", metavar="ZONE", help="Europe/Berlin.")]
Hours = Annotated[
    list[str] | None,
    typer.Option(
        metavar="DAYS=HOURS", help="mon-thu=09:00-12:30,13:30-17:30; fri=closed. Repeatable."
    ),
]
Holidays = Annotated[
    list[str] | None, typer.Option("--holiday", metavar="DATE", help="2026-12-25. Repeatable.")
]
WorkDays = Annotated[
    list[str] | None, typer.Option("--no-holiday", metavar="DATE", help="Takes one out again.")
]


def calendars(context: typer.Context, as_json: AsJson = False) -> None:
    """All business calendars."""

    async def job(desk: Desk) -> int:
        async with desk.sessions() as session:
            id = await Organizations(session).find(desk.organization)
            rows = await Calendars(session, id).all() if id is not None else []
        nothing = "There is no calendar. Make one: starter.py sla calendar NAME"
        return listed(rows, _lines, nothing, as_json=as_json)

    at_desk(context, job)


def calendar(
    context: typer.Context,
    name: Name,
    zone: Zone = None,
    hours: Hours = None,
    holiday: Holidays = None,
    no_holiday: WorkDays = None,
    by: As = None,
) -> None:
    """Make a calendar, or change what is named here. Holds for tickets opened from now on."""
    if zone is not None and not zone_known(zone):
        raise WrongUseError(f"There is no time zone {plain(zone, 80)!r}: say one as Europe/Berlin.")
    opened, added = _hours(hours or []), _days(holiday or [])
    removed = set(_days(no_holiday or []))

    async def job(desk: Desk) -> int:
        me = who_am_i(desk.settings, by)
        async with desk.sessions.begin() as session:
            id = await Organizations(session).ensure(desk.organization, desk.organization)
            kept = Calendars(session, id)
            there = await kept.named(name)
            before: dict[str, Any] = dict(there) if there is not None else {"hours": {}}
            free = {*(there.holidays if there is not None else ()), *added} - removed
            changes = {"name": name, "holidays": tuple(sorted(free))}
            changes |= {"time_zone": zone} if zone is not None else {}
            week = {**before["hours"], **opened}
            if not any(week.values()):
                raise WrongUseError(
                    f"{plain(name, 80)} is never open, so no clock would ever run by it. Say when: "
                    "--hours mon-fri=09:00-17:30"
                )
            new = BusinessCalendar.model_validate({**before, **changes, "hours": week})
            about = ("business_calendar", await kept.put(new))
            await keep(session, desk, Edit(me, "sla:calendar", about, new.model_dump(mode="json")))
        for line in _lines(new):
            output().print(line)
        return DONE

    at_desk(context, job)


def _hours(given: list[str]) -> dict[Weekday, tuple[OpeningHours, ...]]:
    """Raises WrongUseError; ValidationError for hours that end before they begin."""
    week: dict[Weekday, tuple[OpeningHours, ...]] = {}
    for one in given:
        days, _, times = one.partition("=")
        spans = [] if times.strip().lower() == CLOSED else times.split(",")
        week |= dict.fromkeys(_weekdays(days), tuple(_span(span) for span in spans))
    return week


def _weekdays(text: str) -> list[Weekday]:
    """`mon`, or `mon-fri`. Raises WrongUseError."""
    first, _, last = text.strip().lower().partition("-")
    try:
        opens, closes = (SHORT[name[:3]] for name in (first, last or first))
    except KeyError as error:
        raise WrongUseError(
            f"{plain(text, 60)!r} is no weekday: say one of {', '.join(SHORT)}."
        ) from error
    start = WEEK.index(opens)
    return [*takewhile(lambda day: day is not closes, WEEK[start:] + WEEK[:start]), closes]


def _span(text: str) -> OpeningHours:
    opens, _, closes = text.strip().partition("-")
    try:
        return OpeningHours(opens=time.fromisoformat(opens), closes=time.fromisoformat(closes))
    except (ValueError, TypeError) as error:  # The latter for hours of which one has a zone.
        raise WrongUseError(
            f"{plain(text, 60)!r} are no hours: say 09:00-17:30, in their order."
        ) from error


def _days(given: list[str]) -> list[date]:
    try:
        return [date.fromisoformat(one) for one in given]
    except ValueError as error:
        raise WrongUseError(f"A holiday is a date such as 2026-12-25: {error}.") from error


def _lines(row: BusinessCalendar) -> list[str]:
    lines = [f"{plain(row.name, 80)}  {row.time_zone}"]
    for day in Weekday:
        spans = ", ".join(f"{one.opens:%H:%M}-{one.closes:%H:%M}" for one in row.hours.get(day, ()))
        if spans:
            lines.append(f"    {day:<10} {spans}")
    if row.holidays:
        lines.append(f"    closed on {', '.join(str(day) for day in row.holidays)}")
    return lines
