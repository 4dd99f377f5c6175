"""A limit that is waited at, as people are shown it."""

from datetime import timedelta
from decimal import Decimal

import pytest

from cli.events import said
from cli.story import Story, story_of
from contracts.budgets import Bound, Grant, Measure, Scope
from contracts.events import (
    BudgetEscalated,
    BudgetExceeded,
    BudgetRaised,
    BudgetRefused,
    BudgetWithdrawn,
    Event,
    NotificationRequested,
    QuestionAsked,
    QuestionWithdrawn,
)
from contracts.identity import Role
from contracts.levels import Approver
from contracts.notifications import NotificationRequest, Occasion
from contracts.phases import Phase
from tests.cli.facts import BEGAN, began, chain, row, started

BOUND = Bound(scope=Scope.ORGANIZATION, measure=Measure.COST, limit=Decimal(1))
MANAGER, ADMIN = Approver(role=Role.MANAGER), Approver(role=Role.ADMIN)
EXCEEDED = BudgetExceeded(bound=BOUND, reason="2 of 1 money are used", ask=(MANAGER,))
ESCALATED = BudgetEscalated(
    bound=BOUND,
    reason=EXCEEDED.reason,
    why="nobody is manager: admin may as well",
    since=BEGAN,
    ask=(MANAGER, ADMIN),
    added=(ADMIN,),
    people=("ada@x.test",),
    unheld=True,
)
RAISED = BudgetRaised(
    scope=BOUND.scope, measure=BOUND.measure, cost=Decimal(5), comment="go", granted=Grant()
)
ELSEWHERE = RAISED.model_copy(update={"measure": None})
REFUSED = BudgetRefused(bound=BOUND, comment="no")
WITHDRAWN = BudgetWithdrawn(bound=BOUND, reason="one failed in CODE, so the work ends")


def story(*events: Event) -> Story:
    return story_of(row(), chain(started(), began(Phase.CODE), *((Phase.CODE, e) for e in events)))


def test_whom_it_was_escalated_to_is_awaited_since_it_was_asked() -> None:
    shown = story(EXCEEDED, ESCALATED)
    assert shown.awaited is not None
    assert (shown.awaited.what, shown.awaited.whom) == ("more money", "ada@x.test")
    assert shown.awaited.since == BEGAN + timedelta(seconds=2)
    assert (shown.exceeded, shown.escalated) == (EXCEEDED, ESCALATED)


@pytest.mark.parametrize("end", [RAISED, REFUSED, WITHDRAWN])
def test_once_it_is_settled_nobody_is_awaited(end: Event) -> None:
    shown = story(EXCEEDED, ESCALATED, end)
    assert (shown.awaited, shown.exceeded, shown.escalated) == (None, None, None)


def test_a_raise_of_something_else_settles_nothing() -> None:
    assert story(EXCEEDED, ELSEWHERE).exceeded == EXCEEDED


def test_a_question_that_is_withdrawn_is_open_no_more() -> None:
    asked = QuestionAsked(question="Up?")
    assert story(asked).question is not None
    assert story(asked, QuestionWithdrawn(question="Up?", reason="")).question is None


REMINDER = NotificationRequest(
    organization="acme",
    key="reminder:1",
    event_type="BudgetExceeded",
    occasion=Occasion(issue_key="KEY-1"),
    people=("ann@x.test",),
)


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (ESCALATED, "nobody is manager: admin may as well"),
        (WITHDRAWN, "no more is asked for: one failed in CODE, so the work ends"),
        (NotificationRequested(request=REMINDER), "a reminder for ann@x.test"),
        (
            QuestionWithdrawn(question="Up?", reason="it ends"),
            "nobody need answer any more: Up? (it ends)",
        ),
    ],
)
def test_each_reads_as_a_sentence(event: Event, words: str) -> None:
    assert said(event) == words
