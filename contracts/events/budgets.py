"""What was used up, and what people granted."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel

from contracts.budgets import NO_TIME, NOTHING, Bound, Grant, Measure, Scope
from contracts.levels import Approver, any_of
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
        """Whom it waits for."""
        return _words(self.people, self.ask)


class BudgetEscalated(BaseModel, frozen=True):
    """Nobody has granted more in time, or (`unheld`) nobody could. `ask` is everybody who may
    from now on, `added` those of them who are new; `people` are whom `ask` means, as they were
    found then. `reason` is that of the limit, waited for `since`."""

    type: Literal["BudgetEscalated"] = "BudgetEscalated"
    bound: Bound
    reason: Comment
    why: Comment
    since: datetime
    ask: tuple[Approver, ...]
    added: tuple[Approver, ...] = ()
    people: tuple[str, ...] = ()
    unheld: bool = False

    def words(self) -> str:
        """Whom it waits for."""
        return _words(self.people, self.ask)


class BudgetRaised(BaseModel, frozen=True):
    """By the event's actor. `scope` is whose cap was raised, `measure` what was waited for; None
    where nothing was, or something else still is. `granted` is all that the orchestration was
    granted so far."""

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


class BudgetWithdrawn(BaseModel, frozen=True):
    """Nobody is asked any more: the work ends for another reason."""

    type: Literal["BudgetWithdrawn"] = "BudgetWithdrawn"
    bound: Bound
    reason: Comment


def _words(people: tuple[str, ...], ask: tuple[Approver, ...]) -> str:
    """Names only where few are meant."""
    if 0 < len(people) <= 3:
        return " or ".join(people)
    return any_of(ask)
