"""`teams add`, `list`, `members`, `capacity`: who can do what, and has time for it."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import typer
from pydantic import ValidationError

from cli import team_options as options
from cli.audit import Edit, keep
from cli.context import Desk, at_desk
from cli.exits import DONE, NotFoundError, WrongUseError
from cli.listing import listed
from cli.options import As, AsJson, who_am_i
from cli.terminal import output, plain
from contracts.teams import Sprint, Takes, TeamRow, TeamTerms
from db.identity import Organizations
from db.teams import Teams

# What was done, in words, and as the audit log keeps it.
Done = tuple[str, dict[str, Any]]


def add(
    context: typer.Context,
    team: options.TeamName,
    skill: options.Skills = None,
    hours: options.HoursText = None,
    description: options.Description = None,
    takes_type: options.Types = None,
    takes_project: options.Projects = None,
    active: options.Active = None,
    by: As = None,
) -> None:
    """Make a team, or change one: what is not said stays as it is."""
    takes: dict[str, object] = {"issue_types": takes_type, "projects": takes_project}
    said = {"skills": skill, "capacity": hours, "description": description, "active": active}

    async def change(teams: Teams) -> Done:
        known = await _known(teams, team)
        before = TeamTerms.model_validate(known.model_dump()) if known else TeamTerms(name=team)
        narrowed = before.takes.model_dump() | _said(takes)
        terms = before.model_dump() | _said(said) | {"takes": Takes.model_validate(narrowed)}
        checked = _checked(terms)
        new = await teams.put(checked)
        return f"Team {team} is {'made' if new else 'changed'}.", checked.model_dump(mode="json")

    _change(context, by, "teams:add", change)


def list_(context: typer.Context, as_json: AsJson = False) -> None:
    """All teams, with members and sprints."""
    _show(context, None, as_json)


def members(
    context: typer.Context,
    team: options.TeamName,
    person: options.MaybeEmail = None,
    role: options.RoleOption = "member",
    remove: options.Remove = False,
    as_json: AsJson = False,
    by: As = None,
) -> None:
    """Who is in a team; with EMAIL, put somebody in. It counts from their next decision on."""
    if person is None:
        if remove:
            raise WrongUseError("--remove needs the e-mail address of a member.")
        _show(context, team, as_json)
        return

    async def change(teams: Teams) -> Done:
        if remove:
            await teams.remove_member(team, person)
            return f"{plain(person)} is no longer in {team}.", {"team": team, "left": person}
        await teams.put_member(team, person, role)
        told = {"team": team, "person": person, "role": role}
        return f"{plain(person)} is {role} in {team}.", told

    _change(context, by, "teams:members", change)


def capacity(
    context: typer.Context,
    team: options.MaybeTeamName = None,
    sprint: options.SprintName = None,
    hours: options.HoursText = None,
    start: options.DayFrom = None,
    end: options.DayTo = None,
    title: options.Title = "",
    as_json: AsJson = False,
    by: As = None,
) -> None:
    """What teams have free; with NAME SPRINT --hours --from --to, plan a sprint."""
    if sprint is None:
        _show(context, team, as_json)
        return
    if team is None or hours is None or start is None or end is None:
        raise WrongUseError("A sprint needs its hours and days: --hours 80 --from DAY --to DAY.")
    planned = _sprint(id=sprint, name=title, total=hours, start_date=start, end_date=end)

    async def change(teams: Teams) -> Done:
        await teams.plan(team, planned)
        days = f"{planned.start_date} to {planned.end_date}"
        told = {"team": team, **planned.model_dump(mode="json")}
        return f"{team} has {planned.total:f} h in {planned.id}, {days}.", told

    _change(context, by, "teams:capacity", change)


def _said(values: Mapping[str, object]) -> dict[str, object]:
    return {key: value for key, value in values.items() if value is not None}


def _checked(terms: dict[str, object]) -> TeamTerms:
    try:
        return TeamTerms.model_validate(terms)
    except ValidationError as error:
        raise WrongUseError(f"That is no team: {error.errors()[0]['msg']}.") from error


def _sprint(**fields: object) -> Sprint:
    try:
        found = Sprint.model_validate(fields)
    except ValidationError as error:
        what = error.errors()[0]
        raise WrongUseError(f"That is no sprint: {what['loc'][0]}: {what['msg']}.") from error
    if found.end_date < found.start_date:
        raise WrongUseError("The sprint ends before it begins: --to comes before --from.")
    return found


async def _known(teams: Teams, team: str) -> TeamRow | None:
    return next((row for row in await teams.all() if row.name == team), None)


def _change(
    context: typer.Context, by: str | None, action: str, change: Callable[[Teams], Awaitable[Done]]
) -> None:
    async def job(desk: Desk) -> int:
        me = who_am_i(desk.settings, by)
        async with desk.sessions.begin() as session:
            id = await Organizations(session).ensure(desk.organization, desk.organization)
            done, told = await change(Teams(session, id))
            await keep(session, desk, Edit(me, action, ("organization", id), told))
        output().print(done)
        return DONE

    at_desk(context, job)


def _show(context: typer.Context, team: str | None, as_json: bool) -> None:
    async def job(desk: Desk) -> int:
        async with desk.sessions.begin() as session:
            id = await Organizations(session).ensure(desk.organization, desk.organization)
            rows = [row for row in await Teams(session, id).all() if team in (None, row.name)]
        if team is not None and not rows:
            raise NotFoundError(f"There is no team {team}: starter.py teams add {team}")
        nothing = "There is no team yet: starter.py teams add NAME --skill SKILL"
        return listed(rows, _page, nothing, as_json=as_json)

    at_desk(context, job)


def _page(row: TeamRow) -> list[str]:
    usual = f", {row.capacity:f} h a sprint" if row.capacity is not None else ""
    state = "" if row.active else "  (inactive)"
    knows = plain(", ".join(row.skills), 300) or "nothing yet, so it gets no work"
    lines = [f"{row.name}{state}: {knows}{usual}"]
    takes = [*row.takes.issue_types, *row.takes.projects]
    lines += [f"  takes only {', '.join(takes)}"] if takes else []
    lines += [
        f"  {member.role:<12} {plain(member.email)}{'' if member.active else '  (has left)'}"
        for member in row.members
    ] or ["  nobody is in it, so it gets no work"]
    for one in row.sprints:
        days = f"{one.start_date} to {one.end_date}"
        lines.append(f"  {one.id}: {one.free:f} of {one.total:f} h free, {days}")
    return lines
