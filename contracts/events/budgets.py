"""What was used up, and what people granted."""

from datetime import timedelta
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel

from contracts.budgets import NO_TIME, NOTHING, Bound, Grant, Measure, Scope
from contracts.levels import Approver
from contracts.text import Comment


class BudgetExceeded(BaseModel, frozen=True):
    """The work waits. `people` are those of `ask` by e-mail address, as they were found then."""

    type: Literal["BudgetExceeded"] = "BudgetExceeded"
    bound: Bound
    reason: Comment
    ask: tuple[Approver, ...]
    people: tuple[str, ...] = ()

    def what(self) -> str:
        """`more tokens`"""
        measure = self.bound.measure
        return f"more {'money' if measure is Measure.COST else measure.lower()}"

    def words(self) -> str:
        """Whom it waits for. Names only where few are meant."""
        if 0 < len(self.people) <= 3:
            return " or ".join(self.people)
        return " or ".join(dict.fromkeys(one.words() for one in self.ask))


class BudgetRaised(BaseModel, frozen=True):
    """By the event's actor. `scope` is whose cap was raised, `measure` what was waited for, if
    anything was. `granted` is all that the orchestration was granted so far."""

    type: Literal["BudgetRaised"] = "BudgetRaised"
    scope: Scope
    measure: Measure | None = None
    tokens: int = 0
    cost: Decimal = NOTHING
    rounds: int = 0
    time: timedelta = NO_TIME
    comment: Comment
    granted: Grant


class BudgetRefused(BaseModel, frozen=True):
    """By the event's actor: the work ends."""

    type: Literal["BudgetRefused"] = "BudgetRefused"
    bound: Bound
    comment: Comment
