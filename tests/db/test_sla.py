"""Service levels as they are seeded and read, and violations as they are made of events."""

import logging
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from contracts.events import SlaAcknowledged, SlaCritical, SlaViolated, SlaWarned
from contracts.identity import person
from contracts.issues import IssueType, Priority
from contracts.phases import Phase
from contracts.sla import (
    BusinessCalendar,
    OpeningHours,
    SlaKind,
    SlaPause,
    SlaSeverity,
    SlaTerms,
    Weekday,
)
from contracts.sla_clocks import SlaViolationRow
from db.engine import Sessions
from db.models import SlaDefinition as Row
from db.projections import Projections
from db.seeds import seed
from db.sla import ServiceLevels
from errors import PermanentError
from policy.sla import matching
from policy.sla_seeds import seeded
from tests.conftest import TestOrganization
from tests.db.chains import Author, append

HOUR = timedelta(hours=1)
AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
SHOP = BusinessCalendar(
    name="shop",
    time_zone="America/New_York",
    hours={Weekday.SATURDAY: (OpeningHours(opens=time(8, 30), closes=time(0)),)},
    holidays=(date(2026, 12, 26),),
)
TERMS = SlaTerms(
    name="plans",
    description="how long a plan may take",
    clock=SlaKind.PHASE,
    target=40 * HOUR,
    warning=20 * HOUR,
    critical=30 * HOUR,
    phases=(Phase.PLAN,),
    issue_types=(IssueType.BUG,),
    priorities=(Priority.HIGH,),
    calendar=SHOP,
    pause_on=(SlaPause.ANSWER,),
    tell={SlaSeverity.BREACH: ("MANAGER",)},
)


async def make(sessions: Sessions, organization: UUID, terms: SlaTerms = TERMS) -> UUID:
    async with sessions.begin() as session:
        await ServiceLevels(session, organization).ensure(terms)
        found = await session.scalars(select(Row.id).where(Row.organization_id == organization))
        return found.one()


async def change(sessions: Sessions, sql: str, organization: UUID) -> None:
    async with sessions.begin() as session:
        await session.execute(text(sql), {"organization": organization})


def reached(
    kind: type[SlaWarned | SlaCritical | SlaViolated], sla_id: UUID, actual: timedelta
) -> SlaWarned | SlaCritical | SlaViolated:
    target, none = TERMS.target, timedelta()
    over = max(actual - target, none)
    return kind(sla_id=sla_id, sla="plans", at=AT, target=target, actual=actual, exceeded_by=over)


async def shown(sessions: Sessions, author: Author) -> list[SlaViolationRow]:
    async with sessions() as session:
        levels = ServiceLevels(session, author.organization_id)
        return await levels.violations(author.orchestration_id)


async def test_a_definition_is_read_as_it_was_made(
    sessions: Sessions, organization: TestOrganization
) -> None:
    id = await make(sessions, organization.id)
    async with sessions() as session:
        (read,) = await ServiceLevels(session, organization.id).definitions()
    assert read.id == id
    assert SlaTerms.model_validate(read.model_dump(exclude={"id"})) == TERMS


async def test_an_unknown_time_zone_is_refused(
    sessions: Sessions, organization: TestOrganization
) -> None:
    nowhere = SHOP.model_copy(update={"time_zone": "Mars/Base"})
    with pytest.raises(PermanentError, match="Mars/Base"):
        await make(sessions, organization.id, TERMS.model_copy(update={"calendar": nowhere}))


async def test_seeding_again_leaves_what_people_changed(
    sessions: Sessions, organization: TestOrganization
) -> None:
    await seed(sessions, organization.slug)
    await change(
        sessions,
        "UPDATE sla_definitions SET target = interval '100 hours' "
        "WHERE name = 'Resolution low' AND organization_id = :organization",
        organization.id,
    )
    await change(
        sessions,
        "UPDATE business_calendars SET time_zone = 'Europe/Berlin' "
        "WHERE organization_id = :organization",
        organization.id,
    )
    await seed(sessions, organization.slug)
    async with sessions() as session:
        read = await ServiceLevels(session, organization.id).definitions()
    assert len(read) == len(seeded()) == 8
    (low,) = [one for one in read if one.name == "Resolution low"]
    assert low.target == 100 * HOUR
    assert low.calendar is not None
    assert low.calendar.time_zone == "Europe/Berlin"


@pytest.mark.parametrize(
    ("priority", "response", "resolution", "around_the_clock"),
    [
        (Priority.CRITICAL, HOUR / 4, 4 * HOUR, True),
        (Priority.HIGH, HOUR, 8 * HOUR, False),
        (Priority.MEDIUM, 4 * HOUR, 24 * HOUR, False),
        (Priority.LOW, 8 * HOUR, 72 * HOUR, False),
    ],
)
async def test_the_seeds_promise_by_priority(
    sessions: Sessions,
    organization: TestOrganization,
    priority: Priority,
    response: timedelta,
    resolution: timedelta,
    around_the_clock: bool,
) -> None:
    await seed(sessions, organization.slug)
    async with sessions() as session:
        read = await ServiceLevels(session, organization.id).definitions()
    found = {one.clock: one for one in matching(read, IssueType.TASK, priority)}
    targets = {clock: one.target for clock, one in found.items()}
    assert targets == {SlaKind.FIRST_RESPONSE: response, SlaKind.RESOLUTION: resolution}
    assert {one.calendar is None for one in found.values()} == {around_the_clock}


async def test_a_definition_that_is_off_or_broken_by_hand_is_left_out(
    sessions: Sessions, organization: TestOrganization, caplog: pytest.LogCaptureFixture
) -> None:
    await seed(sessions, organization.slug)
    mine = "AND organization_id = :organization"
    for sql in (
        f"UPDATE sla_definitions SET enabled = false WHERE name LIKE 'First%' {mine}",
        f"UPDATE sla_definitions SET pause_on = '[\"NOON\"]' WHERE name LIKE '%low' {mine}",
    ):
        await change(sessions, sql, organization.id)
    with caplog.at_level(logging.ERROR):
        async with sessions() as session:
            read = await ServiceLevels(session, organization.id).definitions()
    assert [one.name.split()[-1] for one in read] == ["critical", "high", "medium"]
    assert "'Resolution low' is left out" in caplog.text


async def test_what_a_clock_reached_is_one_row_with_its_true_time(
    sessions: Sessions, author: Author
) -> None:
    sla_id = await make(sessions, author.organization_id)
    await append(sessions, author, author.start())
    warned = author.write(reached(SlaWarned, sla_id, 20 * HOUR), phase=Phase.PLAN)
    await append(sessions, author, warned)
    await append(sessions, author, warned)
    broken = reached(SlaViolated, sla_id, 43 * HOUR)
    await append(sessions, author, author.write(broken, phase=Phase.PLAN))
    warning, breach = await shown(sessions, author)
    assert (warning.severity, warning.exceeded_by) == (SlaSeverity.WARNING, timedelta())
    assert (breach.severity, breach.phase, breach.sla) == (SlaSeverity.BREACH, "PLAN", "plans")
    assert (breach.target, breach.actual, breach.exceeded_by) == (40 * HOUR, 43 * HOUR, 3 * HOUR)
    assert (breach.timestamp, breach.issue_key, breach.acknowledged_by) == (AT, author.key, None)


@pytest.mark.parametrize("together", [True, False])
async def test_acknowledging_marks_the_one_that_is_meant(
    sessions: Sessions, author: Author, together: bool
) -> None:
    sla_id = await make(sessions, author.organization_id)
    await append(sessions, author, author.start())
    author.journal.record(reached(SlaWarned, sla_id, 20 * HOUR))
    author.journal.record(reached(SlaCritical, sla_id, 30 * HOUR))
    author.journal.record(reached(SlaCritical, sla_id, 30 * HOUR), phase=Phase.PLAN)
    if not together:
        await append(sessions, author, author.write())
    seen = SlaAcknowledged(sla_id=sla_id, sla="plans", severity=SlaSeverity.CRITICAL)
    author.journal.record(seen, actor=person("ann@example.org"))
    await append(sessions, author, author.write())
    by = {(one.phase, one.severity): one.acknowledged_by for one in await shown(sessions, author)}
    assert by == {
        (None, "WARNING"): None,
        (None, "CRITICAL"): "ann@example.org",
        (Phase.PLAN, "CRITICAL"): None,
    }


async def test_violations_can_be_made_anew_from_the_events(
    sessions: Sessions, author: Author
) -> None:
    sla_id = await make(sessions, author.organization_id)
    start = author.start()
    await append(sessions, author, start)
    warned = author.write(reached(SlaWarned, sla_id, 20 * HOUR), phase=Phase.PLAN)
    await append(sessions, author, warned)
    before = await shown(sessions, author)
    await change(
        sessions,
        "UPDATE sla_violations SET severity = 'BREACH' WHERE organization_id = :organization",
        author.organization_id,
    )
    async with sessions.begin() as session:
        made = Projections(session, author.organization_id, author.orchestration_id)
        await made.anew(author.run_id, [*start.events, *warned.events])
    assert await shown(sessions, author) == before


async def test_the_tables_refuse_what_makes_no_sense(
    sessions: Sessions, organization: TestOrganization
) -> None:
    await make(sessions, organization.id)
    for damage, constraint in (
        ("warning = interval '50 hours'", "thresholds"),
        ("phases = '{NAP}'", "phases"),
        ("priorities = '{URGENT}'", "priorities"),
    ):
        sql = f"UPDATE sla_definitions SET {damage} WHERE organization_id = :organization"
        with pytest.raises(IntegrityError, match=f"ck_sla_definitions_{constraint}"):
            await change(sessions, sql, organization.id)
