"""What a raise is about when a new day began between asking and raising."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from contracts.budgets import (
    DEFAULT_HOLDERS,
    Bound,
    Budget,
    BudgetRefusal,
    BudgetState,
    Measure,
    NewDay,
    RaiseBudget,
    Scope,
)
from contracts.identity import Role
from contracts.levels import Approver
from contracts.phases import Phase
from contracts.playbooks import Playbook, PlaybookPhase
from policy.budget_raises import grant, holders_of, meant, objection_to

MIDNIGHT = datetime(2026, 5, 2, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
PLAYBOOK = Playbook(
    name="p",
    phases=(PlaybookPhase(phase=Phase.CODE),),
    budget=Budget(ask=(Approver(role=Role.DEVELOPER),)),
)


def bound(scope: Scope, measure: Measure = Measure.TOKENS) -> Bound:
    return Bound(scope=scope, measure=measure, limit=Decimal(100), spent=Decimal(130))


OF_THE_DAY, OF_THE_WORK = bound(Scope.ORGANIZATION), bound(Scope.ORCHESTRATION)
NEW_DAY = NewDay(bound=OF_THE_DAY, at=MIDNIGHT)


def said(**rest: Any) -> RaiseBudget:
    return RaiseBudget(by="max@x.test", comment="needed", **(rest or {"tokens": 5}))


@pytest.mark.parametrize(
    ("heard_at", "asked", "scope"),
    [
        # Heard before midnight, counted after it: whatever is waited for by then.
        (MIDNIGHT - MINUTE, None, Scope.ORGANIZATION),
        (MIDNIGHT - MINUTE, OF_THE_WORK, Scope.ORGANIZATION),
        # Its author was quick, but the night was quicker.
        (MIDNIGHT + MINUTE, None, Scope.ORGANIZATION),
        (MIDNIGHT + HOUR, None, None),
        # What is waited for since is what people see.
        (MIDNIGHT + MINUTE, OF_THE_WORK, Scope.ORCHESTRATION),
        (MIDNIGHT + MINUTE, OF_THE_DAY, Scope.ORGANIZATION),
    ],
)
def test_a_raise_of_a_day_that_is_over_counts_for_the_new_one(
    heard_at: datetime, asked: Bound | None, scope: Scope | None
) -> None:
    about = meant(said(), asked, NEW_DAY, heard_at)
    assert (about.scope if about else None) == scope


def test_it_is_no_less_for_what_was_used_the_day_before() -> None:
    about = meant(said(), None, NEW_DAY, MIDNIGHT)
    assert about is not None
    assert about.spent == 0
    assert objection_to(said(), about, PLAYBOOK, BudgetState()) is None
    old = objection_to(said(), OF_THE_DAY, PLAYBOOK, BudgetState())
    assert old is not None
    assert old.refusal is BudgetRefusal.TOO_LITTLE


def test_it_is_for_those_who_hold_the_day_and_raises_no_orchestration() -> None:
    about = meant(said(), None, NEW_DAY, MIDNIGHT)
    assert holders_of(PLAYBOOK, about) == DEFAULT_HOLDERS
    state = BudgetState()
    assert grant(state, said(), about, None) is Scope.ORGANIZATION
    assert state.granted.tokens == 0


@pytest.mark.parametrize(
    "other", [said(rounds=1), said(cost=Decimal(5)), said(refuse=True), said(time=HOUR)]
)
def test_what_the_day_did_not_wait_for_is_not_about_it(other: RaiseBudget) -> None:
    assert meant(other, None, NEW_DAY, MIDNIGHT) is None


def test_a_new_day_that_ended_no_waiting_changes_nothing() -> None:
    assert meant(said(), OF_THE_WORK, None, MIDNIGHT) is OF_THE_WORK
    assert meant(said(), None, None, MIDNIGHT) is None
