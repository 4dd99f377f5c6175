"""Events start, hold and stop the clocks of service levels."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from contracts.approvals import DecisionChannel, DecisionKind
from contracts.budgets import DEFAULT_HOLDERS, Bound, Measure, Scope
from contracts.events import (
    ApprovalGranted,
    ApprovalRequested,
    BudgetExceeded,
    BudgetWithdrawn,
    OrchestrationCompleted,
    OrchestrationPaused,
    OrchestrationResumed,
    QuestionAnswered,
    QuestionAsked,
    QuestionWithdrawn,
)
from contracts.events.orchestrations import Outcome
from contracts.issues import IssueType, Priority
from contracts.phases import Phase
from contracts.sla import SlaDefinition, SlaKind, SlaPause
from policy.sla import reckoned
from policy.sla_clocks import question_of
from policy.sla_story import clocks_of
from tests.cli.facts import BEGAN, ID, Told, asked, began, chain, done, started

SECOND = timedelta(seconds=1)
ASKED = Phase.PLAN, QuestionAsked(question="which?")
ANSWERED = Phase.PLAN, QuestionAnswered(question="which?", answer="that")
GRANTED = (
    Phase.PLAN,
    ApprovalGranted(
        approval_id=ID,
        gate="plan",
        decision=DecisionKind.APPROVE,
        approver_id=ID,
        channel=DecisionChannel.CLI,
    ),
)
WITHDRAWN = Phase.PLAN, QuestionWithdrawn(question="which?", reason="it ends")
BOUND = Bound(scope=Scope.AGENT, measure=Measure.TOKENS, limit=Decimal(1))
EXCEEDED = Phase.PLAN, BudgetExceeded(bound=BOUND, reason="too many", ask=DEFAULT_HOLDERS)
NOT_ASKED = Phase.PLAN, BudgetWithdrawn(bound=BOUND, reason="it ends")
PAUSED = None, OrchestrationPaused(reason="")
RESUMED = None, OrchestrationResumed()
COMPLETED = None, OrchestrationCompleted(commit="a" * 40, outcome=Outcome(issue_type=IssueType.BUG))


def definition(clock: SlaKind, *pauses: SlaPause) -> SlaDefinition:
    hour = timedelta(hours=1)
    terms = {"name": clock, "clock": clock, "target": hour, "pause_on": pauses}
    return SlaDefinition.model_validate({"id": uuid4(), **terms})


def counted(terms: SlaDefinition, *told: Told) -> dict[Phase | None, int]:
    """The seconds on each clock a minute after the beginning: one event came each second."""
    events = chain(started(), *told)
    state, now = clocks_of([terms], events), BEGAN + 60 * SECOND
    return {
        clock.phase: reckoned(question_of(clock, now)).actual // SECOND for clock in state.clocks
    }


PLANNING = (began(Phase.PLAN), asked(), GRANTED, done(Phase.PLAN))


@pytest.mark.parametrize(
    ("clock", "seconds"),
    [
        (SlaKind.RESOLUTION, {None: 60}),
        (SlaKind.FIRST_RESPONSE, {None: 2}),
        (SlaKind.PHASE, {Phase.PLAN: 3}),
        (SlaKind.APPROVAL, {Phase.PLAN: 1}),
    ],
)
def test_each_kind_of_clock_has_its_own_beginning_and_end(
    clock: SlaKind, seconds: dict[Phase | None, int]
) -> None:
    assert counted(definition(clock), *PLANNING) == seconds


@pytest.mark.parametrize(
    ("pause", "told"),
    [
        (SlaPause.ANSWER, (ASKED, ANSWERED)),
        (SlaPause.ANSWER, (ASKED, WITHDRAWN)),
        (SlaPause.ANSWER, (EXCEEDED, NOT_ASKED)),
        (SlaPause.APPROVAL, (asked(), GRANTED)),
        (SlaPause.REST, (PAUSED, RESUMED)),
    ],
)
def test_waiting_holds_the_clocks_that_say_so(pause: SlaPause, told: tuple[Told, ...]) -> None:
    assert counted(definition(SlaKind.RESOLUTION, pause), *told) == {None: 59}
    assert counted(definition(SlaKind.RESOLUTION), *told) == {None: 60}
    assert counted(definition(SlaKind.RESOLUTION, pause), told[0]) == {None: 1}


def test_one_voice_of_several_ends_no_waiting() -> None:
    one_of_two = Phase.PLAN, GRANTED[1].model_copy(update={"settles": False})
    waits = asked(), one_of_two
    assert counted(definition(SlaKind.RESOLUTION, SlaPause.APPROVAL), *waits) == {None: 1}
    assert counted(definition(SlaKind.RESOLUTION, SlaPause.APPROVAL), *waits, GRANTED) == {None: 58}
    assert counted(definition(SlaKind.APPROVAL), *waits, GRANTED) == {Phase.PLAN: 2}


def test_each_level_is_waited_for_anew() -> None:
    phase, first = asked()
    assert isinstance(first, ApprovalRequested)
    second = phase, first.model_copy(update={"first": False, "level": 2})
    one_level = Phase.PLAN, GRANTED[1].model_copy(update={"settles": False})
    told = asked(), one_level, second, GRANTED
    assert counted(definition(SlaKind.RESOLUTION, SlaPause.APPROVAL), *told) == {None: 57}


def test_the_end_stops_all_of_them() -> None:
    assert counted(definition(SlaKind.RESOLUTION), ASKED, COMPLETED) == {None: 2}


def test_only_what_holds_for_the_ticket_is_timed() -> None:
    low = definition(SlaKind.RESOLUTION).model_copy(update={"priorities": (Priority.LOW,)})
    assert counted(low) == {}
