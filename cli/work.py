"""`work`: a ticket, from its key to finished work."""

from decimal import Decimal
from typing import Annotated

import typer

from cli import coder as coders
from cli import wish as wishes
from cli.budget_options import BudgetCost, BudgetTokens
from cli.connected import at_connected_desk
from cli.context import surroundings
from cli.decisions import refuse_yes_in_production
from cli.exits import WrongUseError
from cli.options import As, AsJson, Key, a_phase
from cli.start import Manner, start_work
from cli.team_options import hours
from cli.ticket_options import PriorityName, Type
from cli.wish import Wish
from contracts.budgets import Caps
from contracts.issues import IssueType, Priority, Ticket
from contracts.jira_work import WorkOptions
from contracts.phases import Phase

Repo = Annotated[
    str | None,
    typer.Option("--repo", metavar="PATH_OR_URL", help="Needed once, for a new project."),
]
Summary = Annotated[str | None, typer.Option(metavar="TEXT", help="Makes the ticket if need be.")]
DescriptionFile = Annotated[
    str | None, typer.Option(metavar="FILE", help="The new ticket's text; - for standard input.")
]
Labels = Annotated[
    list[str] | None,
    typer.Option("--label", metavar="TEXT", help="Of the new ticket. Repeatable."),
]
Area = Annotated[
    str | None, typer.Option(metavar="TEXT", help="The part of the product it is about.")
]
Estimate = Annotated[
    Decimal | None, typer.Option(metavar="HOURS", parser=hours, help="What it may take.")
]
PlaybookName = Annotated[
    str | None,
    typer.Option("--playbook", metavar="NAME", help="Else the one that fits, or the last named."),
]
Agent = Annotated[
    str | None,
    typer.Option(
        metavar="COMMAND",
        help="The agent of CODE and FIX: a command line. Else the last attempt's.",
    ),
]
AgentEnv = Annotated[
    list[str] | None, typer.Option(metavar="NAME", help="A variable it may see. Repeatable.")
]
PhaseName = Annotated[
    Phase | None, typer.Option(metavar="PHASE", parser=a_phase, help=", ".join(Phase))
]
Skips = Annotated[
    list[Phase] | None, typer.Option(metavar="PHASE", parser=a_phase, help="Repeatable.")
]
Again = Annotated[
    bool, typer.Option("--again", help="Even if it is completed; with --resume, too.")
]
Resume = Annotated[bool, typer.Option("--resume", help="Go on from the last checkpoint.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")]
WatchIt = Annotated[bool, typer.Option("--watch", help="Stay until it is over.")]
Yes = Annotated[bool, typer.Option("--yes", help="Approve at gates; not in production.")]
Dirty = Annotated[bool, typer.Option("--allow-dirty", help="Leave uncommitted changes out.")]


def work(
    context: typer.Context,
    key: Key,
    repo: Repo = None,
    summary: Summary = None,
    description_file: DescriptionFile = None,
    type_: Type = IssueType.TASK,
    priority: PriorityName = Priority.MEDIUM,
    label: Labels = None,
    area: Area = None,
    estimate: Estimate = None,
    playbook: PlaybookName = None,
    agent: Agent = None,
    agent_env: AgentEnv = None,
    start: PhaseName = None,
    end: PhaseName = None,
    skip: Skips = None,
    again: Again = False,
    resume: Resume = False,
    resume_after: PhaseName = None,
    budget_tokens: BudgetTokens = None,
    budget_cost: BudgetCost = None,
    dry_run: DryRun = False,
    watch: WatchIt = False,
    yes: Yes = False,
    allow_dirty: Dirty = False,
    by: As = None,
    as_json: AsJson = False,
) -> None:
    """Work a ticket. Makes project and ticket where there are none."""
    settings = surroundings(context).settings()
    if yes:
        refuse_yes_in_production(settings)
    wishes.check_order(start, end)
    wish = Wish(
        key=key,
        draft=_draft(
            key,
            summary,
            description_file,
            type=type_,
            priority=priority,
            label=tuple(label or ()),
            area=area,
            estimate=estimate,
        ),
        repo=wishes.repository_named(repo),
        playbook=playbook,
        coder=coders.words_of(agent, local=settings.temporal_address is None),
        coder_environment=coders.environment_of(agent_env or []),
        options=WorkOptions(
            start=start,
            end=end,
            skip=tuple(skip or ()),
            again=again,
            resume=resume or resume_after is not None,
            resume_after=resume_after,
            dry_run=dry_run,
            budget=Caps(tokens=budget_tokens, cost=budget_cost),
        ),
    )
    wishes.check_phases(wish.options, coders.check_playbook(playbook, wish.coder))
    coders.check_reach(wish.coder, settings)
    manner = Manner(by=by, watch=watch, yes=yes, allow_dirty=allow_dirty, as_json=as_json)
    at_connected_desk(context, lambda desk: start_work(desk, wish, manner))


def _draft(key: str, summary: str | None, file: str | None, **rest: object) -> Ticket | None:
    """Raises WrongUseError, ValidationError."""
    if summary is None:
        given = {"description-file": file, **rest}
        for option in ("description-file", "label", "area", "estimate"):
            if given.get(option):
                raise WrongUseError(f"--{option} needs --summary: only a new ticket is given one.")
        return None
    text, title = wishes.description(file), wishes.summary(summary)
    draft = {"key": key, "title": title, "description": text, "labels": rest.pop("label")}
    return Ticket.model_validate(draft | rest)
