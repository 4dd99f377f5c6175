"""Agents that use what a test says, and people who grant more."""

from decimal import Decimal
from typing import Any

from contracts.agents import AgentResult, AgentStatus, Report, Usage
from contracts.budgets import OVER_BUDGET, Bound, Measure, RaiseBudget, Scope
from tests.workflows.office import MANAGER


def used(tokens: int, cost: str = "0") -> AgentResult:
    usage = Usage(tokens_in=tokens, cost=Decimal(cost))
    report = Report(status="completed", summary="done", usage=usage)
    return AgentResult(status=AgentStatus.COMPLETED, report=report)


def stopped(scope: Scope, limit: int, tokens: int) -> AgentResult:
    bound = Bound(scope=scope, measure=Measure.TOKENS, limit=Decimal(limit), spent=Decimal(tokens))
    return AgentResult(
        status=AgentStatus.FAILED,
        error_type=OVER_BUDGET,
        used=Usage(tokens_out=tokens),
        over=bound,
    )


def more(by: str = MANAGER, comment: str = "worth it", **rest: Any) -> RaiseBudget:
    return RaiseBudget(by=by, comment=comment, **rest)


def capped(tokens: int = 1_000, **rest: Any) -> dict[str, Any]:
    return {"budget": {"orchestration": {"tokens": tokens}, **rest}}
