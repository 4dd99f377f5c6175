"""What may still be used, and what is too much."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from contracts.agents import AgentResult, AgentStatus, Report, Usage
from contracts.budgets import (
    NO_CAPS,
    OUT_OF_TIME,
    Bound,
    Budget,
    BudgetState,
    Caps,
    DayBudget,
    Grant,
    Measure,
    Scope,
    Spender,
)
from contracts.phases import Phase
from contracts.playbooks import (
    BuiltinAgent,
    CommandAgent,
    HumanAgent,
    LlmAgent,
    Playbook,
    PlaybookPhase,
)
from policy.budgets import (
    bounds_of,
    bounds_of_day,
    day_of,
    larger,
    more_time,
    number,
    over_after,
    passed,
    passed_after,
    said_of_bound,
    spends,
    spent_by,
    together,
    used_up,
    with_caps,
)

CODER = CommandAgent(kind="command", name="coder", command=("code",))
SPENDER = Spender(phase=Phase.CODE, agent="coder")
USAGES = st.builds(
    Usage,
    tokens_in=st.integers(0, 10**6),
    tokens_out=st.integers(0, 10**6),
    cost=st.decimals(0, 1000, places=6),
)
AMOUNTS = ("tokens_in", "tokens_out", "cost")


def bound(limit: object, spent: object = 0, **rest: Any) -> Bound:
    given = {"scope": Scope.ORCHESTRATION, "measure": Measure.TOKENS, **rest}
    return Bound(limit=Decimal(str(limit)), spent=Decimal(str(spent)), **given)


def result(report: Usage | None = None, used: Usage | None = None) -> AgentResult:
    said = Report(status="completed", summary="done", usage=report) if report else None
    return AgentResult(status=AgentStatus.COMPLETED, report=said, used=used or Usage())


def test_without_caps_there_are_no_bounds() -> None:
    assert bounds_of(Budget(), BudgetState(), SPENDER, (10**9, Decimal(10**5))) == ()
    assert bounds_of_day(DayBudget(caps=NO_CAPS, tokens=10**9)) == ()


def test_an_agent_begins_with_its_whole_cap_and_with_what_the_work_has_left() -> None:
    budget = Budget(agent=Caps(tokens=100), orchestration=Caps(tokens=500, cost=Decimal(3)))
    found = bounds_of(budget, BudgetState(), SPENDER, (450, Decimal("2.5")))
    assert [(one.scope, one.measure, one.limit, one.spent) for one in found] == [
        (Scope.AGENT, Measure.TOKENS, Decimal(100), Decimal(0)),
        (Scope.ORCHESTRATION, Measure.TOKENS, Decimal(500), Decimal(450)),
        (Scope.ORCHESTRATION, Measure.COST, Decimal(3), Decimal("2.5")),
    ]


def test_what_was_granted_to_one_agent_is_no_other_ones() -> None:
    state = BudgetState(agents={"CODE/coder": Grant(tokens=40)}, granted=Grant(tokens=7))
    budget = Budget(agent=Caps(tokens=100), orchestration=Caps(tokens=500))
    limits = [int(one.limit) for one in bounds_of(budget, state, SPENDER, (0, Decimal(0)))]
    other = Spender(phase=Phase.FIX, agent="coder")
    others = [int(one.limit) for one in bounds_of(budget, state, other, (0, Decimal(0)))]
    assert (limits, others) == ([140, 507], [100, 507])


def test_granted_money_comes_on_top_of_the_cap() -> None:
    budget = Budget(orchestration=Caps(cost=Decimal(3)))
    state = BudgetState(granted=Grant(cost=Decimal("0.5")))
    [found] = bounds_of(budget, state, SPENDER, (0, Decimal(1)))
    assert (found.limit, found.spent) == (Decimal("3.5"), Decimal(1))


@pytest.mark.parametrize(
    ("spent", "more", "begins", "goes_on"),
    [(0, 0, True, True), (99, 1, True, True), (99, 2, True, False), (100, 0, False, True)],
)
def test_nothing_begins_at_the_limit_and_nothing_goes_on_past_it(
    spent: int, more: int, begins: bool, goes_on: bool
) -> None:
    bounds = (bound(100, spent),)
    assert (used_up(bounds) is None) is begins
    assert (passed(bounds, Usage(tokens_out=more)) is None) is goes_on


def test_the_bound_that_is_passed_says_how_much_was_used() -> None:
    over = passed((bound(100, 80), bound(10, 9)), Usage(tokens_in=15, tokens_out=10))
    assert over == bound(100, 105)


def test_what_the_work_has_counted_already_is_not_counted_twice_afterwards() -> None:
    bounds = (bound(50, 0, scope=Scope.AGENT), bound(100, 90))
    assert passed_after(bounds, Usage(tokens_in=50)) is None
    assert passed_after(bounds, Usage(tokens_in=51)) == bound(50, 51, scope=Scope.AGENT)


@given(st.integers(1, 10**6), USAGES, USAGES)
def test_who_may_not_begin_may_not_go_on(limit: int, before: Usage, then: Usage) -> None:
    spent = before.tokens_in + before.tokens_out
    bounds = (bound(limit, spent),)
    if used_up(bounds) is not None and then.tokens_in + then.tokens_out:
        assert passed(bounds, then) is not None


@given(st.integers(1, 10**6), USAGES, USAGES)
def test_who_has_used_more_never_has_more_left(limit: int, one: Usage, more: Usage) -> None:
    bounds = (bound(limit), bound(limit, measure=Measure.COST))
    if passed(bounds, one) is not None:
        assert passed(bounds, together(one, more)) is not None


@given(USAGES, USAGES)
def test_of_two_accounts_neither_can_lower_the_other(report: Usage, used: Usage) -> None:
    spent = spent_by(result(report, used))
    assert spent == larger(used, report)
    for name in AMOUNTS:
        assert getattr(spent, name) == max(getattr(report, name), getattr(used, name))


@given(USAGES, USAGES)
def test_of_two_tries_all_is_counted(one: Usage, other: Usage) -> None:
    both = together(one, other)
    for name in AMOUNTS:
        assert getattr(both, name) == getattr(one, name) + getattr(other, name)


def test_a_model_is_known_once_somebody_names_it() -> None:
    old, new = Usage(provider="one", model="old"), Usage(provider="two", model="new")
    for known in (
        larger(old, Usage()),
        larger(Usage(), old),
        larger(old, new),
        together(old, Usage()),
        together(Usage(), old),
        together(new, old),
    ):
        assert known == old


def test_without_a_report_what_was_said_on_the_way_counts() -> None:
    assert spent_by(result(used=Usage(tokens_in=7))).tokens_in == 7


def test_neither_people_nor_our_own_programs_spend() -> None:
    human = HumanAgent(kind="human", name="ann", ask="please")
    tests = BuiltinAgent(name="tests", use="run-tests")
    llm = LlmAgent(kind="llm", name="adviser", task="Advise")
    assert [spends(agent) for agent in (CODER, llm, human, tests)] == [True, True, False, False]


def test_an_agent_that_ran_out_of_time_is_over_its_time() -> None:
    late = AgentResult(status=AgentStatus.FAILED, error_type=OUT_OF_TIME)
    found = over_after(CODER, late)
    assert found == bound(1800, 1800, scope=Scope.AGENT, measure=Measure.TIME)
    assert said_of_bound(found) == "the agent did not end within 0:30:00"
    broken = AgentResult(status=AgentStatus.FAILED, error_type="AgentFailedError")
    assert over_after(CODER, broken) is None


def test_granted_time_comes_on_top_of_its_own() -> None:
    agent = more_time(CODER, Grant(time=timedelta(minutes=5)))
    assert agent.limits.time == timedelta(minutes=35)
    assert more_time(CODER, Grant(tokens=1)) is CODER


@pytest.mark.parametrize(
    ("now", "day"),
    [
        (datetime(2026, 5, 1, 0, 0, tzinfo=UTC), 1),
        (datetime(2026, 5, 1, 23, 59, 59, 999_999, tzinfo=UTC), 1),
        (datetime(2026, 5, 1, 1, 0, tzinfo=timezone(timedelta(hours=2))), 30),
    ],
)
def test_a_day_is_one_in_utc(now: datetime, day: int) -> None:
    begin, end = day_of(now)
    assert (begin.day, begin.hour, end - begin) == (day, 0, timedelta(days=1))
    assert begin <= now < end


def test_an_order_comes_before_the_playbook_where_it_says_something() -> None:
    phases = (PlaybookPhase(phase=Phase.CODE),)
    both = Budget(orchestration=Caps(tokens=5, cost=Decimal(1)), agent=Caps(tokens=3))
    playbook = Playbook(name="p", phases=phases, budget=both)
    budget = with_caps(playbook, Caps(tokens=9)).budget
    assert budget == Budget(orchestration=Caps(tokens=9, cost=Decimal(1)), agent=Caps(tokens=3))
    assert with_caps(playbook, NO_CAPS) == playbook


@pytest.mark.parametrize(
    ("value", "said"),
    [("100000", "100,000"), ("0", "0"), ("2.500000", "2.5"), ("1E+3", "1,000"), ("10.0", "10")],
)
def test_numbers_are_said_as_people_write_them(value: str, said: str) -> None:
    assert number(Decimal(value)) == said


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        ("ann@example.org", "ann@example.org"),
        (["manager", "ann@example.org"], "manager or ann@example.org"),
        ([{"team_role": "lead", "team": "core"}], "lead of core"),
    ],
)
def test_whom_a_budget_asks_is_said_in_one_word_or_in_several(ask: object, words: str) -> None:
    assert Budget.model_validate({"ask": ask}).level.words() == words


@pytest.mark.parametrize("ask", [[], "nobody", [{"pool": "team"}], 7])
def test_a_budget_that_asks_nobody_is_none(ask: object) -> None:
    with pytest.raises(ValidationError):
        Budget.model_validate({"ask": ask})
