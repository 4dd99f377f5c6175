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
class Step:
    activity: Callable[[Any, Any], Awaitable[Effect]]
    summary: str


def step_for(command: AnyCommand) -> Step:
    named = ", ".join(command.about.keys) or "a ticket"
    match command:
        case LinkDevelopment():
            return Step(DevelopmentActivities.link_development, f"link {named}")
        case FollowPullRequest():
            return Step(
                DevelopmentActivities.follow_pull_request,
                f"{named}: its pull request is {command.stage.lower()}",
            )
        case KeepEvidence():
            return Step(
                DevelopmentActivities.keep_evidence,
                f"{named}: {command.check} {command.conclusion.lower()}",
            )
        case TriageRequest():
            return Step(TriageIntakeActivities.start_triage, f"triage {command.ticket.shown}")
        case _:
            return _of_person(command, named)


def _of_person(command: PersonCommand, named: str) -> Step:
    match command:
        case StartWork():
            return Step(CommandActivities.start_work, f"start work on {named}")
        case Decide():
            return Step(CommandActivities.decide_gate, f"{command.decision} at {named}")
        case Guide():
            return Step(CommandActivities.guide_work, f"guide {named}")
        case GiveAnswer():
            return Step(CommandActivities.give_answer, f"answer {named}")
        case CancelWork():
            return Step(CommandActivities.cancel_work, f"cancel {named}")
        case EditTicket():
            return Step(TicketEditActivities.edit_ticket, f"the issue of {named} was edited")
        case _:
            assert_never(command)
