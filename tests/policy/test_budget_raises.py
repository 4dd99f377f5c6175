"""Whose raise counts, and what it changes."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.budgets import (
    DEFAULT_HOLDERS,
    Bound,
    Budget,
    BudgetObjection,
    BudgetRefusal,
    BudgetState,
    Caps,
    Grant,
    Measure,
    RaiseBudget,
    RaiseQuestion,
    Scope,
    Spender,
)
from contracts.identity import Role
from contracts.phases import Phase
from contracts.playbooks import Playbook, PlaybookPhase
from policy.approvals import Member, Trust
from policy.budget_raises import authority_to_raise, grant, holders_of, objection_to
from policy.budgets import bounds_of
from policy.decision_signatures import is_genuine, signed

NOW = datetime(2026, 5, 1, tzinfo=UTC)
ANN = "ann@example.org"
CODER = Spender(phase=Phase.CODE, agent="coder")
PHASES = tuple(PlaybookPhase(phase=one) for one in (Phase.CODE, Phase.TEST, Phase.FIX))
CAPPED = Playbook(name="p", phases=PHASES, budget=Budget(orchestration=Caps(tokens=100)))


def said(comment: str = "needed", **rest: Any) -> RaiseBudget:
    return RaiseBudget(by=ANN, comment=comment, **rest)


def asked(scope: Scope, measure: Measure, limit: int, spent: int) -> Bound:
    return Bound(scope=scope, measure=measure, limit=Decimal(limit), spent=Decimal(spent))


OVER = asked(Scope.ORCHESTRATION, Measure.TOKENS, 100, 130)
LATE = asked(Scope.AGENT, Measure.TIME, 3600, 3600)
DEAR = asked(Scope.ORCHESTRATION, Measure.COST, 5, 7)
RED = asked(Scope.ORCHESTRATION, Measure.ROUNDS, 3, 3)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("message", "bound", "refusal"),
    [
        (said(tokens=31), OVER, None),
        (said(tokens=30), OVER, BudgetRefusal.TOO_LITTLE),
        (said(tokens=100_000), OVER, None),
        (said(cost=Decimal(9)), OVER, BudgetRefusal.TOO_LITTLE),
        (said(cost=Decimal(3)), DEAR, None),
        (said(cost=Decimal(2)), DEAR, BudgetRefusal.TOO_LITTLE),
        (said(tokens=31, comment=" \n"), OVER, BudgetRefusal.COMMENT_NEEDED),
        (said(), OVER, BudgetRefusal.NOTHING_GRANTED),
        (said(tokens=31, time=HOUR), OVER, BudgetRefusal.NOTHING_WAITS),
        (said(refuse=True), OVER, None),
        (said(refuse=True, comment=""), OVER, BudgetRefusal.COMMENT_NEEDED),
        (said(refuse=True), None, BudgetRefusal.NOTHING_WAITS),
        (said(time=HOUR), LATE, None),
        (said(time=23 * HOUR), LATE, None),
        (said(time=24 * HOUR), LATE, BudgetRefusal.TOO_MUCH),
        (said(tokens=1), LATE, BudgetRefusal.TOO_LITTLE),
        (said(rounds=1), RED, None),
        (said(tokens=5), RED, BudgetRefusal.TOO_LITTLE),
        (said(tokens=5), None, None),
        (said(rounds=1), None, None),
        (said(cost=Decimal(5)), None, BudgetRefusal.NO_CAP),
        (said(time=HOUR), None, BudgetRefusal.NOTHING_WAITS),
    ],
)
def test_what_is_said_must_fit_what_is_waited_for(
    message: RaiseBudget, bound: Bound | None, refusal: BudgetRefusal | None
) -> None:
    found = objection_to(message, bound, CAPPED, BudgetState())
    assert (found.refusal if found else None) is refusal


@pytest.mark.parametrize(
    ("bound", "least"), [(OVER, "30 tokens (--tokens N)"), (LATE, "0 seconds (--time 30m)")]
)
def test_who_grants_too_little_is_told_how_much_is_enough(bound: Bound, least: str) -> None:
    found = objection_to(said(rounds=1), bound, CAPPED, BudgetState())
    assert found is not None
    assert found.reason == f"it waits for more than {least}"


def test_rounds_are_of_no_use_where_nobody_repairs() -> None:
    alone = CAPPED.model_copy(update={"phases": PHASES[:2]})
    found = objection_to(said(tokens=31, rounds=1), OVER, alone, BudgetState())
    assert found is not None
    assert found.refusal is BudgetRefusal.NO_CAP


def test_a_signed_raise_counts_once() -> None:
    signed = said(tokens=50).model_copy(update={"signature": "5e4d"})
    found = objection_to(signed, None, CAPPED, BudgetState(taken=["5e4d"]))
    assert found is not None
    assert found.refusal is BudgetRefusal.ALREADY_RAISED


def test_what_an_agent_may_use_more_its_work_may_too() -> None:
    state = BudgetState()
    bound = asked(Scope.AGENT, Measure.TOKENS, 10, 12)
    assert grant(state, said(tokens=20, rounds=1, time=HOUR), bound, CODER) is Scope.AGENT
    assert state.agents == {"CODE/coder": Grant(tokens=20, time=HOUR)}
    assert state.granted == Grant(tokens=20, rounds=1)


def test_what_a_day_may_use_more_is_not_this_works_alone() -> None:
    state = BudgetState()
    bound = asked(Scope.ORGANIZATION, Measure.TOKENS, 10, 12)
    assert grant(state, said(tokens=20, rounds=2), bound, CODER) is Scope.ORGANIZATION
    assert (state.granted, state.agents) == (Grant(rounds=2), {})


@given(st.lists(st.integers(1, 1000), max_size=20))
def test_raises_add_up(amounts: list[int]) -> None:
    state = BudgetState()
    for amount in amounts:
        grant(state, said(tokens=amount), None, None)
    [bound] = bounds_of(CAPPED.budget, state, CODER, (0, Decimal(0)))
    assert bound.limit == 100 + sum(amounts)


@given(st.integers(0, 1000), st.integers(0, 1000), st.integers(1, 2000))
def test_whatever_raise_counts_is_enough_to_go_on(limit: int, more: int, granted: int) -> None:
    bound = asked(Scope.ORCHESTRATION, Measure.TOKENS, limit, limit + more)
    counts = objection_to(said(tokens=granted), bound, CAPPED, BudgetState()) is None
    assert counts is (limit + granted > limit + more)


HOLDER = Member(UUID(int=1), Role.MANAGER, True, ANN)
SIGNED = Trust(signed=True, production=True)


@pytest.mark.parametrize(
    ("member", "trust", "refusal"),
    [
        (HOLDER, Trust(), None),
        (HOLDER, SIGNED, None),
        (HOLDER, Trust(production=True), BudgetRefusal.UNVERIFIED),
        (None, SIGNED, BudgetRefusal.NOT_A_HOLDER),
        (Member(UUID(int=1), Role.MANAGER, False, ANN), SIGNED, BudgetRefusal.NOT_A_HOLDER),
        (Member(UUID(int=1), Role.DEVELOPER, True, ANN), SIGNED, BudgetRefusal.NOT_A_HOLDER),
        (Member(UUID(int=1), Role.VIEWER, True, ANN), SIGNED, BudgetRefusal.NOT_A_HOLDER),
    ],
)
def test_only_who_holds_the_budget_may_raise_it(
    member: Member | None, trust: Trust, refusal: BudgetRefusal | None
) -> None:
    assert authority_to_raise(question(), member, trust).refusal is refusal


def test_a_stranger_is_told_no_more_than_that() -> None:
    against = BudgetObjection(refusal=BudgetRefusal.TOO_LITTLE, reason="it waits for 30")
    stranger = authority_to_raise(question(objection=against), None, SIGNED)
    assert stranger.refusal is BudgetRefusal.NOT_A_HOLDER
    holder = authority_to_raise(question(objection=against), HOLDER, SIGNED)
    assert (holder.refusal, holder.reason) == (against.refusal, against.reason)


def question(**rest: Any) -> RaiseQuestion:
    return RaiseQuestion(
        organization="acme",
        orchestration_id=UUID(int=2),
        issue_key="KEY-1",
        ask=CAPPED.budget.ask,
        said=said(tokens=1),
        heard_at=NOW,
        **rest,
    )


def test_a_signature_is_for_one_raise_of_one_ticket() -> None:
    sent = signed(said(tokens=5, cost=Decimal("1.50"), time=HOUR), "key", "acme/KEY-1", NOW)
    came = RaiseBudget.model_validate_json(sent.model_dump_json())
    assert is_genuine(came, ["key"], "acme/KEY-1", NOW)
    assert not is_genuine(came, ["key"], "acme/KEY-2", NOW)
    assert not is_genuine(came, ["key"], "acme/KEY-1", NOW + HOUR)
    greedy = came.model_copy(update={"tokens": 5_000_000})
    assert not is_genuine(greedy, ["key"], "acme/KEY-1", NOW)


def test_no_playbook_says_who_raises_the_day_of_the_organization() -> None:
    budget = Budget(orchestration=Caps(tokens=100), ask=("developer",))
    loose = CAPPED.model_copy(update={"budget": budget})
    day = asked(Scope.ORGANIZATION, Measure.TOKENS, 100, 130)
    assert holders_of(loose, day) == DEFAULT_HOLDERS
    assert holders_of(loose, OVER) == holders_of(loose, None) == budget.ask
