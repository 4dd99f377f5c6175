"""Whom a request for a higher budget concerns as time goes by, and what a message says of it."""

from decimal import Decimal
from typing import Any

import pytest

from contracts.budgets import Bound, Measure, Scope
from contracts.events import BudgetEscalated, BudgetExceeded, Event
from contracts.identity import Role
from contracts.levels import Approver
from contracts.notifications import Occasion
from contracts.phases import Phase
from policy.announcements import Announcement, Work, announcement
from policy.notification_texts import text_of
from tests.policy.ledger_events import AT, chained

LEAD, ADMIN = Approver(team_role="lead"), Approver(role=Role.ADMIN)
LIMIT = {
    "bound": Bound(scope=Scope.ORCHESTRATION, measure=Measure.TOKENS, limit=Decimal(1)),
    "reason": "2 of 1 tokens of this work are used",
}


def told(event: Event) -> Announcement:
    found = announcement(chained(event, Phase.CODE), Work("KEY-1", "Round", "rita@x.test"))
    assert found is not None
    return found


def escalated(**rest: Any) -> BudgetEscalated:
    return BudgetEscalated.model_validate({**LIMIT, "since": AT, "ask": (LEAD, ADMIN), **rest})


def test_whoever_holds_the_budget_is_asked() -> None:
    assert told(BudgetExceeded.model_validate({**LIMIT, "ask": (LEAD,)})).approvers == (LEAD,)


def test_an_escalation_goes_to_whom_it_was_escalated() -> None:
    found = told(escalated(added=(ADMIN,), why="lead did not grant more in time: admin may too"))
    assert (found.approvers, found.roles, found.people) == ((ADMIN,), (), ())
    subject, body = text_of("BudgetEscalated", found.occasion)
    assert subject == "KEY-1: nobody has granted more yet in CODE"
    assert "Why: 2 of 1 tokens of this work are used; lead did not grant more in time" in body
    assert "Grant: starter.py budget raise KEY-1" in body


@pytest.mark.parametrize(
    ("measure", "option"),
    [
        (Measure.TOKENS, "--tokens N"),
        (Measure.COST, "--cost MONEY"),
        (Measure.ROUNDS, "--rounds N"),
        (Measure.TIME, "--time 30m"),
    ],
)
def test_a_message_names_the_option_that_grants_what_is_lacking(
    measure: Measure, option: str
) -> None:
    bound = Bound(scope=Scope.ORCHESTRATION, measure=measure, limit=Decimal(3))
    for event in (
        BudgetExceeded(bound=bound, reason="no more", ask=(LEAD,)),
        escalated(bound=bound, added=(ADMIN,), why="lead did not grant more in time"),
    ):
        _, body = text_of(event.type, told(event).occasion)
        assert f'Grant: starter.py budget raise KEY-1 {option} --comment "…"' in body
        assert 'End it: starter.py budget refuse KEY-1 --comment "…"' in body


def test_a_reminder_says_where_it_stands_what_is_lacking() -> None:
    _, body = text_of("BudgetExceeded", Occasion(issue_key="KEY-1", reason="reminder 1"))
    assert "(what is lacking says starter.py why KEY-1)" in body
    assert "--tokens" not in body


def test_where_nobody_could_be_asked_admins_hear_it() -> None:
    found = told(escalated(unheld=True, why="nobody is lead: make somebody one"))
    assert (found.approvers, found.roles) == ((), (Role.ADMIN,))
