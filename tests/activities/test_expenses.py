"""What tries that died have used is not forgotten."""

from typing import Any
from uuid import UUID

import pytest

from activities.expenses import Expenses
from contracts.agents import AgentResult, AgentRun, AgentStatus, Report, Usage, Workplace
from contracts.budgets import Bound, Measure, Scope
from contracts.issues import Ticket
from contracts.phases import Phase
from contracts.playbooks import CommandAgent

BEFORE = Usage(tokens_in=30, tokens_out=10)
HEARD = [BEFORE.model_dump(mode="json"), 1]


def run_with(limit: int) -> AgentRun:
    place = Workplace(
        organization_id=UUID(int=1),
        orchestration_id=UUID(int=2),
        attempt=1,
        repo_url="/repo",
        branch="b",
    )
    bound = Bound(scope=Scope.AGENT, measure=Measure.TOKENS, limit=limit)
    return AgentRun(
        workplace=place,
        ticket=Ticket(key="PROJ-1", title="Totals are off"),
        agent=CommandAgent(kind="command", name="coder", command=("true",)),
        phase=Phase.CODE,
        round=1,
        step="CODE/1/coder",
        base_commit="0" * 40,
        bounds=(bound,),
    )


def test_the_next_try_has_only_what_is_left() -> None:
    [bound] = Expenses(HEARD).counted_in(run_with(100)).bounds
    assert int(bound.limit - bound.spent) == 60
    assert Expenses([]).counted_in(run_with(100)) == run_with(100)


def test_all_tries_are_told_and_counted_together() -> None:
    expenses = Expenses(HEARD)
    expenses.hear(Usage(tokens_in=5))
    assert expenses.told() == (Usage(tokens_in=35, tokens_out=10), 1)
    report = Report(status="completed", summary="done", usage=Usage(tokens_in=7))
    added = expenses.added_to(AgentResult(status=AgentStatus.COMPLETED, report=report))
    assert (added.used.tokens_in, added.used.tokens_out) == (37, 10)


def test_a_try_that_left_no_report_is_counted_once_it_had_begun() -> None:
    first = Expenses([])
    assert first.told() == ()
    first.begin()
    second = Expenses(first.told())
    assert second.added_to(AgentResult(status=AgentStatus.COMPLETED)).lost == 1
    second.begin()
    assert Expenses(second.told()).lost == 2


@pytest.mark.parametrize("heard", [["?"], [{}, 2, 3], [{}, "many"], ["?", 1]])
def test_what_another_version_told_is_nothing(heard: list[Any]) -> None:
    assert (Expenses(heard).before, Expenses(heard).lost) == (Usage(), 0)
