"""`sla`: what is running, what is left of it, and what was broken."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from cli.context import Desk, at_desk
from cli.listing import listed
from cli.options import AsJson, issue_key
from cli.terminal import elapsed, plain
from cli.unworked import unworked
from contracts.orchestrations import RUNNING, OrchestrationRow, OrchestrationStatus
from contracts.phases import Phase
from contracts.sla import SlaDefinition, SlaSeverity
from contracts.sla_clocks import SlaClock, SlaViolationRow
from db.history import History
from db.identity import Organizations
from db.orchestrations import Orchestrations
from db.sla import ServiceLevels
from policy.moments import in_utc
from policy.sla import reckoned, zone_known
from policy.sla_clocks import question_of
from policy.sla_story import clocks_of

MOST = 1_000


def _key(value: str | None) -> str | None:
    return None if value is None else issue_key(value)


MaybeKey = Annotated[
    str | None, typer.Argument(metavar="[KEY]", callback=_key, help="Only this ticket.")
]


class RunningClock(BaseModel, frozen=True):
    """By the definition as it stands now. `due` is None while it is paused, and once broken. In
    `business_hours` only the hours of a calendar count."""

    sla: str
    phase: Phase | None
    paused: bool
    business_hours: bool
    target: timedelta
    used: timedelta
    left: timedelta
    due: datetime | None


class SlaStanding(BaseModel, frozen=True):
    """Of one ticket's newest attempt."""

    issue_key: str
    attempt: int
    status: OrchestrationStatus
    running: tuple[RunningClock, ...] = ()
    reached: tuple[SlaViolationRow, ...] = ()


def sla(context: typer.Context, key: MaybeKey = None, as_json: AsJson = False) -> None:
    """Service levels: what is running, left and broken."""

    async def job(desk: Desk) -> int:
        nothing = "No ticket is being worked, so no clock runs."
        return listed(await _standings(desk, key), _page, nothing, as_json=as_json)

    at_desk(context, job)


async def _standings(desk: Desk, key: str | None) -> list[SlaStanding]:
    async with desk.sessions() as session:
        rows = await _rows(session, desk.organization, key)
        organization = await Organizations(session).find(desk.organization)
        if organization is None:
            return []
        levels = ServiceLevels(session, organization)
        definitions = [one for one in await levels.definitions() if _reckonable(one)]
        return [await _standing(session, levels, row, definitions) for row in rows]


async def _rows(
    session: AsyncSession, organization: str, key: str | None
) -> list[OrchestrationRow]:
    """All that is worked, or one ticket's newest attempt. Raises NotFoundError."""
    orchestrations = Orchestrations(session, organization)
    if key is None:
        found = [await orchestrations.newest(MOST, status) for status in RUNNING]
        return sorted((row for rows in found for row in rows), key=lambda row: row.started_at)
    row = await orchestrations.latest(key)
    if row is None:
        raise await unworked(session, organization, key)
    return [row]


def _reckonable(definition: SlaDefinition) -> bool:
    return definition.calendar is None or zone_known(definition.calendar.time_zone)


async def _standing(
    session: AsyncSession,
    levels: ServiceLevels,
    row: OrchestrationRow,
    definitions: list[SlaDefinition],
) -> SlaStanding:
    events = [] if row.status.terminal else await History(session).events(row.id)
    now = datetime.now(UTC)
    clocks = (one for one in clocks_of(definitions, events).clocks if one.begun and not one.over)
    return SlaStanding(
        issue_key=row.issue_key,
        attempt=row.attempt,
        status=row.status,
        running=tuple(_running(clock, now) for clock in clocks),
        reached=tuple(await levels.violations(row.id)),
    )


def _running(clock: SlaClock, now: datetime) -> RunningClock:
    answer, target = reckoned(question_of(clock, now)), clock.definition.target
    ahead = clock.since is not None and answer.actual < target
    return RunningClock(
        sla=clock.definition.name,
        phase=clock.phase,
        paused=clock.since is None,
        business_hours=clock.definition.calendar is not None,
        target=target,
        used=answer.actual,
        left=target - answer.actual,
        due=answer.instants.breach if ahead else None,
    )


def _page(standing: SlaStanding) -> list[str]:
    now = datetime.now(UTC)
    head = f"{standing.issue_key}  {standing.status}  attempt {standing.attempt}"
    lines = [_clock(one) for one in standing.running]
    lines += [_reached(one, now) for one in standing.reached]
    return [head, *(f"  {line}" for line in lines or ["no service level"])]


def _clock(clock: RunningClock) -> str:
    over = clock.left <= timedelta()
    # A day of business hours is as long as its calendar says: hours alone mean the same to all.
    amount, target = (
        elapsed(time, in_days=not clock.business_hours) for time in (abs(clock.left), clock.target)
    )
    target += " of business hours" if clock.business_hours else ""
    rest = f"over by {amount}, {target} allowed" if over else f"{amount} left of {target}"
    if clock.due is not None:
        rest += f", until {in_utc(clock.due)}"
    doing = "paused" if clock.paused else "runs"
    return f"{_named(clock.sla, clock.phase)} {doing}: {rest}"


def _reached(one: SlaViolationRow, now: datetime) -> str:
    line = f"{one.severity} {_named(one.sla, one.phase)}: since {in_utc(one.timestamp)}"
    line += f", {elapsed(now - one.timestamp)} ago"
    if one.severity is SlaSeverity.BREACH and one.exceeded_by:
        # Some were measured in business hours, and of others nobody knows any more.
        over, target = elapsed(one.exceeded_by, in_days=False), elapsed(one.target, in_days=False)
        line += f", noticed {over} after its {target} were over"
    if one.acknowledged_by is None:
        return f"{line}, not acknowledged yet"
    when = f" at {in_utc(one.acknowledged_at)}" if one.acknowledged_at else ""
    return f"{line}, acknowledged by {plain(one.acknowledged_by, 80)}{when}"


def _named(name: str, phase: Phase | None) -> str:
    return f"{plain(name, 80)} ({phase})" if phase else plain(name, 80)
