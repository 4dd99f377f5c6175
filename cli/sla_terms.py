"""`sla definitions`, `define`, `disable`: what is promised, and who hears when it is not kept."""

from typing import Annotated, Any

import typer

from cli.audit import Edit, keep
from cli.context import Desk, Job, at_desk
from cli.durations import duration, short
from cli.exits import DONE, NotFoundError, WrongUseError
from cli.listing import listed
from cli.options import As, AsJson, a_phase, one_of, who_am_i
from cli.terminal import output, plain
from contracts.issues import IssueType, Priority
from contracts.phases import Phase
from contracts.sla import SlaDefinition, SlaKind, SlaPause, SlaSeverity, SlaTerms
from db.identity import Organizations
from db.sla_terms import Calendars, Definitions

ROUND_THE_CLOCK = "none"
Changes = dict[str, Any]
Name = Annotated[str, typer.Argument(metavar="NAME", help="In quotes, as `sla definitions` says.")]
Clock = Annotated[
    SlaKind | None,
    typer.Option(
        metavar="CLOCK", parser=one_of(SlaKind, "a clock"), help=f"One of {', '.join(SlaKind)}."
    ),
]
Target = Annotated[str | None, typer.Option(metavar="DURATION", help="Such as 30m, 4h, 3d.")]
Warning_ = Annotated[
    str | None, typer.Option("--warning", metavar="DURATION", help="Else at 75 % of the target.")
]
Critical = Annotated[
    str | None, typer.Option("--critical", metavar="DURATION", help="Else at 90 %.")
]
Phases = Annotated[
    list[Phase] | None,
    typer.Option("--phase", metavar="PHASE", parser=a_phase, help="Repeatable. Else all."),
]
Types = Annotated[
    list[IssueType] | None,
    typer.Option("--type", metavar="TYPE", parser=one_of(IssueType, "a type of ticket")),
]
Priorities = Annotated[
    list[Priority] | None,
    typer.Option("--priority", metavar="PRIORITY", parser=one_of(Priority, "a priority")),
]
Pauses = Annotated[
    list[SlaPause] | None,
    typer.Option("--pause-on", metavar="WAIT", parser=one_of(SlaPause, "a reason to wait")),
]
Tell = Annotated[
    list[str] | None,
    typer.Option(metavar="SEVERITY=WHO,…", help="Roles, addresses, `requester`. Repeatable."),
]
CalendarName = Annotated[
    str | None, typer.Option("--calendar", metavar="NAME", help="`none` is round the clock.")
]


def definitions(context: typer.Context, as_json: AsJson = False) -> None:
    """All service levels, those that are disabled too."""

    async def job(desk: Desk) -> int:
        async with desk.sessions() as session:
            id = await Organizations(session).find(desk.organization)
            rows = await Definitions(session, id).all() if id is not None else []
        nothing = "No service level is defined. Make one: starter.py sla define NAME"
        return listed(rows, _lines, nothing, as_json=as_json)

    at_desk(context, job)


def define(
    context: typer.Context,
    name: Name,
    clock: Clock = None,
    target: Target = None,
    warning: Warning_ = None,
    critical: Critical = None,
    phase: Phases = None,
    type_: Types = None,
    priority: Priorities = None,
    calendar: CalendarName = None,
    pause_on: Pauses = None,
    tell: Tell = None,
    description: Annotated[str | None, typer.Option(metavar="TEXT")] = None,
    by: As = None,
) -> None:
    """Make a service level, or change what is named here. Holds for tickets opened from now on."""
    given: Changes = {
        "clock": clock,
        "target": duration(target) if target else None,
        "warning": duration(warning) if warning else None,
        "critical": duration(critical) if critical else None,
        "phases": phase and tuple(phase),
        "issue_types": type_ and tuple(type_),
        "priorities": priority and tuple(priority),
        "pause_on": pause_on and tuple(pause_on),
        "tell": _told(tell) if tell else None,
        "description": description,
    }
    changes = {key: value for key, value in given.items() if value is not None}
    at_desk(context, _defining(name, changes, calendar, by))


def _defining(name: str, changes: Changes, calendar: str | None, by: str | None) -> Job:
    async def job(desk: Desk) -> int:
        me = who_am_i(desk.settings, by)
        async with desk.sessions.begin() as session:
            id = await Organizations(session).ensure(desk.organization, desk.organization)
            kept = Definitions(session, id)
            more: Changes = {}
            if calendar is not None:
                more = {"calendar": await _calendar(Calendars(session, id), calendar)}
            terms = _terms(name, await kept.named(name), {**changes, **more})
            about = ("sla_definition", await kept.put(terms))
            await keep(session, desk, Edit(me, "sla:define", about, terms.model_dump(mode="json")))
        for line in _lines(terms):
            output().print(line)
        return DONE

    return job


def disable(context: typer.Context, name: Name, by: As = None) -> None:
    """Time no ticket by it that is opened from now on. `define NAME` takes it up again."""

    async def job(desk: Desk) -> int:
        me = who_am_i(desk.settings, by)
        async with desk.sessions.begin() as session:
            id = await Organizations(session).ensure(desk.organization, desk.organization)
            about = ("sla_definition", await Definitions(session, id).disable(name))
            await keep(session, desk, Edit(me, "sla:disable", about, {"name": name}))
        output().print(f"{plain(name, 80)} times no ticket that is opened from now on")
        return DONE

    at_desk(context, job)


def _terms(name: str, there: SlaTerms | None, changes: Changes) -> SlaTerms:
    """A new target brings its own shares. Raises WrongUseError, and ValidationError for what makes
    no sense."""
    before = dict(there) if there is not None else {}
    before.pop("id", None)
    if there is None and not {"clock", "target"} <= changes.keys():
        raise WrongUseError(
            f"There is no service level {plain(name, 80)!r} yet. A new one needs --clock and "
            "--target; those that there are: starter.py sla definitions"
        )
    if "target" in changes:
        before = {key: v for key, v in before.items() if key not in ("warning", "critical")}
    return SlaTerms.model_validate({**before, **changes, "name": name, "enabled": True})


async def _calendar(calendars: Calendars, name: str) -> object:
    if name == ROUND_THE_CLOCK:
        return None
    found = await calendars.named(name)
    if found is None:
        raise NotFoundError(
            f"There is no calendar {plain(name, 80)!r}: starter.py sla calendars lists them."
        )
    return found


def _told(given: list[str]) -> dict[SlaSeverity, tuple[str, ...]]:
    """`BREACH=MANAGER,ann@example.org`. Raises WrongUseError."""
    told: dict[SlaSeverity, tuple[str, ...]] = {}
    for one in given:
        severity, _, who = one.partition("=")
        names = tuple(name.strip() for name in who.split(",") if name.strip())
        told[one_of(SlaSeverity, "a severity")(severity)] = names
    return told


def _lines(terms: SlaTerms) -> list[str]:
    state = "" if not isinstance(terms, SlaDefinition) or terms.enabled else "  (disabled)"
    where = "round the clock"
    if terms.calendar:
        where = f"of business hours ({plain(terms.calendar.name, 80)})"
    what = [*terms.phases, *terms.issue_types, *terms.priorities]
    # A day of business hours is as long as its calendar says: hours alone mean the same to all.
    spans = (terms.warning, terms.critical, terms.target)
    times = " / ".join(short(span, days=terms.calendar is None) for span in spans)
    lines = [f"{plain(terms.name, 80)}{state}  {terms.clock}  {times}  {where}"]
    lines.append(f"    for {', '.join(what) or 'every ticket'}")
    if terms.pause_on:
        lines[-1] += f"; pauses for {', '.join(terms.pause_on)}"
    told = ((severity, terms.tell.get(severity)) for severity in SlaSeverity)
    lines += [f"    {one}: tells {plain(', '.join(who))}" for one, who in told if who]
    return lines
