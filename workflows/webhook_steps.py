"""Which activity carries out which command, and how the Web UI tells it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, assert_never

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.commands import CommandActivities
    from activities.development import DevelopmentActivities
    from activities.ticket_edits import TicketEditActivities
    from activities.triage_intake import TriageIntakeActivities
    from contracts.commands import (
        AnyCommand,
        CancelWork,
        Decide,
        EditTicket,
        Effect,
        FollowPullRequest,
        GiveAnswer,
        Guide,
        KeepEvidence,
        LinkDevelopment,
        PersonCommand,
        StartWork,
        TriageRequest,
    )


@dataclass(frozen=True)
class CommandStep:
    activity: Callable[[Any, Any], Awaitable[Effect]]
    summary: str


def step_for(command: AnyCommand) -> CommandStep:
    named = ", ".join(command.about.keys) or "a ticket"
    match command:
        case LinkDevelopment():
            return CommandStep(DevelopmentActivities.link_development, f"link {named}")
        case FollowPullRequest():
            return CommandStep(
                DevelopmentActivities.follow_pull_request,
                f"{named}: its pull request is {command.stage.lower()}",
            )
        case KeepEvidence():
            return CommandStep(
                DevelopmentActivities.keep_evidence,
                f"{named}: {command.check} {command.conclusion.lower()}",
            )
        case TriageRequest():
            return CommandStep(
                TriageIntakeActivities.start_triage, f"triage {command.ticket.shown}"
            )
        case _:
            return _of_person(command, named)


def _of_person(command: PersonCommand, named: str) -> CommandStep:
    match command:
        case StartWork():
            return CommandStep(CommandActivities.start_work, f"start work on {named}")
        case Decide():
            return CommandStep(CommandActivities.decide_gate, f"{command.decision} at {named}")
        case Guide():
            return CommandStep(CommandActivities.guide_work, f"guide {named}")
        case GiveAnswer():
            return CommandStep(CommandActivities.give_answer, f"answer {named}")
        case CancelWork():
            return CommandStep(CommandActivities.cancel_work, f"cancel {named}")
        case EditTicket():
            return CommandStep(TicketEditActivities.edit_ticket, f"the issue of {named} was edited")
        case _:
            assert_never(command)
