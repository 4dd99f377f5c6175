"""People change service levels and calendars, and what makes no sense is refused."""

from typing import Any

import pytest
from sqlalchemy import select

from db.engine import Sessions
from db.models import AuditLog
from tests.cli.teller import Teller
from tests.conftest import TestOrganization


def named(rows: list[dict[str, Any]], name: str) -> dict[str, Any]:
    (found,) = [row for row in rows if row["name"] == name]
    return found


def test_business_time_is_said_in_hours_and_never_in_days(bob: Teller) -> None:
    """A day of it is as long as its calendar says: `3d` is not three working days."""
    bob.says("sla", "calendar", "Office", "--zone", "UTC", "--hours", "mon-fri=09:00-17:00")
    made = bob.says(
        *("sla", "define", "Solve it", "--clock", "resolution", "--target", "3d"),
        *("--calendar", "Office"),
    )
    assert made.out.splitlines()[0] == (
        "Solve it  RESOLUTION  54h / 64h48m / 72h  of business hours (Office)"
    )


def test_a_service_level_is_made_changed_and_disabled(bob: Teller) -> None:
    made = bob.says("sla", "define", "Plan it", "--clock", "phase", "--target", "4h")
    assert (made.code, made.out.splitlines()[0]) == (
        0,
        "Plan it  PHASE  3h / 3h36m / 4h  round the clock",
    )
    changed = bob.says(
        *("sla", "define", "Plan it", "--target", "2d", "--phase", "PLAN", "--priority", "high"),
        *("--tell", "breach=MANAGER,ann@example.org", "--pause-on", "answer"),
    )
    assert changed.code == 0, changed.err
    row = named(bob.reads("sla", "definitions"), "Plan it")
    assert (row["clock"], row["target"], row["warning"]) == ("PHASE", "P2D", "P1DT12H")
    assert (row["phases"], row["priorities"]) == (["PLAN"], ["HIGH"])
    assert row["tell"] == {"BREACH": ["MANAGER", "ann@example.org"]}
    assert bob.says("sla", "disable", "Plan it").code == 0
    assert not named(bob.reads("sla", "definitions"), "Plan it")["enabled"]
    assert "(disabled)" in bob.says("sla", "definitions").out
    again = bob.says("sla", "define", "Plan it", "--description", "back")
    assert again.code == 0
    assert named(bob.reads("sla", "definitions"), "Plan it")["enabled"]


def test_a_calendar_is_made_and_changed_day_by_day(bob: Teller) -> None:
    hours = ("--hours", "mon-thu=09:00-12:30,13:30-17:30", "--hours", "fri=09:00-14:00")
    made = bob.says("sla", "calendar", "Berlin", "--zone", "Europe/Berlin", *hours)
    assert made.code == 0, made.err
    changed = bob.says(
        *("sla", "calendar", "Berlin", "--hours", "Friday=closed"),
        *("--holiday", "2026-12-25", "--holiday", "2026-05-01"),
    )
    assert changed.code == 0, changed.err
    assert bob.says("sla", "calendar", "Berlin", "--no-holiday", "2026-05-01").code == 0
    row = named(bob.reads("sla", "calendars"), "Berlin")
    assert row["time_zone"] == "Europe/Berlin"
    assert row["holidays"] == ["2026-12-25"]
    assert [one["closes"] for one in row["hours"]["thursday"]] == ["12:30:00", "17:30:00"]
    assert row["hours"]["friday"] == []
    by_it = bob.says(
        *("sla", "define", "Soon", "--clock", "RESOLUTION", "--target", "1d"),
        *("--calendar", "Berlin"),
    )
    assert by_it.code == 0, by_it.err
    row = named(bob.reads("sla", "definitions"), "Soon")
    assert row["calendar"]["holidays"] == ["2026-12-25"]
    assert bob.says("sla", "define", "Soon", "--calendar", "none").code == 0
    assert named(bob.reads("sla", "definitions"), "Soon")["calendar"] is None


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("define", "x"), 2, "needs --clock and --target"),
        (("define", "x", "--clock", "LUNCH", "--target", "1h"), 2, "Say one of FIRST_RESPONSE,"),
        (("define", "x", "--clock", "PHASE", "--target", "soon"), 2, "say 90s, 30m, 2h or 7d"),
        (
            ("define", "x", "--clock", "PHASE", "--target", "1h", "--warning", "2h"),
            2,
            "it warns first, then is critical, then is broken",
        ),
        (
            ("define", "x", "--clock", "RESOLUTION", "--target", "1h", "--phase", "PLAN"),
            2,
            "RESOLUTION is not timed by phases",
        ),
        (
            ("define", "x", "--clock", "PHASE", "--target", "1h", "--calendar", "Mars"),
            3,
            "There is no calendar 'Mars'",
        ),
        (
            ("define", "x", "--clock", "PHASE", "--target", "1h", "--tell", "LATE=ann"),
            2,
            "'LATE' is not a severity",
        ),
        (("disable", "x"), 3, "There is no service level 'x'"),
        (("calendar", "x", "--zone", "Europe/Atlantis"), 2, "no time zone 'Europe/Atlantis'"),
        (("calendar", "x"), 2, "never open"),
        (("calendar", "x", "--hours", "someday=09:00-10:00"), 2, "is no weekday"),
        (("calendar", "x", "--hours", "mon=9-17"), 2, "say 09:00-17:30"),
        (("calendar", "x", "--hours", "mon=09:00-12:00,11:00-17:00"), 2, "do not overlap"),
        (("calendar", "x", "--holiday", "Christmas"), 2, "such as 2026-12-25"),
    ],
)
def test_what_makes_no_sense_changes_nothing(
    bob: Teller, arguments: tuple[str, ...], code: int, told: str
) -> None:
    said = bob.says("sla", *arguments)
    assert (said.code, told in said.err, said.out) == (code, True, ""), said.err
    assert bob.reads("sla", "definitions") == bob.reads("sla", "calendars") == []


def test_a_group_shows_what_there_is_when_nothing_else_is_said(bob: Teller) -> None:
    assert "no clock runs" in bob.says("sla").out
    assert bob.reads("sla") == []
    assert bob.says("sla", "PROJ-77").code == 3
    assert bob.says("sla", "nonsense").code == 2
    assert "definitions" in bob.says("sla", "--help").out


async def test_who_changed_what_is_kept(edited: TestOrganization, sessions: Sessions) -> None:
    async with sessions() as session:
        found = select(AuditLog.actor_id, AuditLog.action, AuditLog.payload["name"].as_string())
        rows = await session.execute(found.where(AuditLog.organization_id == edited.id))
    assert [tuple(row) for row in rows] == [("bob@example.org", "sla:define", "Plan it")]


@pytest.fixture
def edited(bob: Teller, organization: TestOrganization) -> TestOrganization:
    bob.says("sla", "define", "Plan it", "--clock", "phase", "--target", "4h")
    return organization
