"""Whose raise of a budget counts, and what it changes."""

from datetime import datetime, timedelta
from decimal import Decimal

from contracts.budgets import (
    NO_GRANT,
    NO_TIME,
    NOTHING,
    Bound,
    Budget,
    BudgetObjection,
    BudgetRefusal,
    BudgetState,
    Caps,
    Grant,
    Measure,
    NewDay,
    RaiseAuthority,
    RaiseBudget,
    RaiseQuestion,
    Scope,
    Spender,
)
from contracts.levels import Approver, Level
from contracts.phases import Phase
from contracts.playbooks import Playbook
from policy.approvals import Member, Trust, seats_of
from policy.budgets import number

LONGEST = timedelta(hours=24)
# Who saw a day's cap waited for says so in time, and may still be overtaken by midnight.
OVERTAKEN = timedelta(hours=1)


def authority_to_raise(
    question: RaiseQuestion, member: Member | None, trust: Trust
) -> RaiseAuthority:
    """Whoever holds the budget may say so also of work that they asked for: they answer for the
    money, not for the content."""
    said = question.said
    holders = Level(name="budget", approvers=question.ask)
    if member is None or not member.active:
        why = f"{said.by} is not a member of {question.organization}; {holders.words()} may"
        return _refused(BudgetRefusal.NOT_A_HOLDER, why)
    if not seats_of(holders, 0, member):
        why = f"{said.by} is {member.role.lower()}; the budget is raised by {holders.words()}"
        return _refused(BudgetRefusal.NOT_A_HOLDER, why)
    if trust.production and not trust.signed:
        why = "in production a raise counts only from starter.py, signed"
        return _refused(BudgetRefusal.UNVERIFIED, why)
    if question.objection is not None:
        return _refused(question.objection.refusal, question.objection.reason)
    return RaiseAuthority()


def level_of(playbook: Playbook, bound: Bound | None) -> Level:
    """Who may raise it, and who may where they do not. The organization's day belongs to no
    playbook: else whoever writes one could spend for everybody."""
    of_the_day = bound is not None and bound.scope is Scope.ORGANIZATION
    return (Budget() if of_the_day else playbook.budget).level


def holders_of(playbook: Playbook, bound: Bound | None) -> tuple[Approver, ...]:
    return level_of(playbook, bound).approvers


def meant(
    said: RaiseBudget, asked: Bound | None, day: NewDay | None, heard_at: datetime
) -> Bound | None:
    """What a raise is about: what is waited for now, unless a new day has ended the waiting that
    its author saw. Then it counts for that day, on which the work went on, and of which nothing is
    used yet."""
    if day is None or not amount_of(said, day.bound.measure):
        return asked
    if asked is not None and asked.scope is Scope.ORGANIZATION:
        return asked
    overtaken = asked is None and heard_at < day.at + OVERTAKEN
    if heard_at < day.at or overtaken:
        return day.bound.model_copy(update={"spent": NOTHING})
    return asked


def objection_to(
    said: RaiseBudget, asked: Bound | None, playbook: Playbook, state: BudgetState
) -> BudgetObjection | None:
    """`asked` is what the raise is about. Without it a raise counts ahead, for the
    orchestration."""
    if not said.comment.strip():
        return _against(BudgetRefusal.COMMENT_NEEDED, "say why: a comment is needed")
    if said.signature is not None and said.signature in state.taken:
        return _against(BudgetRefusal.ALREADY_RAISED, "this very raise has counted already")
    if said.refuse:
        return _nothing_waits("to be refused") if asked is None else None
    if not any((said.tokens, said.cost, said.rounds, said.time)):
        why = "say how much more: tokens, cost, rounds or time"
        return _against(BudgetRefusal.NOTHING_GRANTED, why)
    if said.rounds and playbook.step(Phase.FIX) is None:
        why = "nobody repairs in this playbook, so rounds would change nothing"
        return _against(BudgetRefusal.NO_CAP, why)
    if said.time and (asked is None or asked.measure is not Measure.TIME):
        return _nothing_waits("for time: it is granted to an agent that ran out of it")
    return _ahead(said, playbook.budget.orchestration) if asked is None else _enough(said, asked)


def _ahead(said: RaiseBudget, caps: Caps) -> BudgetObjection | None:
    for name, granted, cap in (
        ("tokens", said.tokens, caps.tokens),
        ("cost", said.cost, caps.cost),
    ):
        if granted and cap is None:
            why = f"nothing waits, and this work has no cap of {name} that could be raised"
            return _against(BudgetRefusal.NO_CAP, why)
    return None


def _enough(said: RaiseBudget, asked: Bound) -> BudgetObjection | None:
    granted = amount_of(said, asked.measure)
    if asked.limit + granted <= asked.spent:
        least = asked.spent - asked.limit
        unit = "seconds" if asked.measure is Measure.TIME else asked.measure.lower()
        why = f"it waits for more than {number(least)} {unit} ({asked.measure.option})"
        return _against(BudgetRefusal.TOO_LITTLE, why)
    if asked.measure is Measure.TIME and asked.limit + granted > _seconds(LONGEST):
        return _against(BudgetRefusal.TOO_MUCH, "no agent may run for longer than 24 hours")
    return None


def amount_of(said: RaiseBudget, measure: Measure) -> Decimal:
    match measure:
        case Measure.TOKENS:
            return Decimal(said.tokens)
        case Measure.COST:
            return said.cost
        case Measure.ROUNDS:
            return Decimal(said.rounds)
        case Measure.TIME:
            return _seconds(said.time)


def grant(
    state: BudgetState, said: RaiseBudget, asked: Bound | None, spender: Spender | None
) -> Scope:
    """Whose cap is higher now. What an agent may use more, its orchestration may too, else it
    would be stopped by the next cap before it had that. A day's grant is kept by the ledger."""
    scope = asked.scope if asked is not None else Scope.ORCHESTRATION
    if scope is Scope.AGENT and spender is not None:
        own = state.agents.get(spender.key, NO_GRANT)
        state.agents = {**state.agents, spender.key: _without_rounds(own.plus(said))}
    if scope is Scope.ORGANIZATION:
        said = said.model_copy(update={"tokens": 0, "cost": Decimal(0)})
    state.granted = state.granted.plus(said.model_copy(update={"time": NO_TIME}))
    return scope


def _without_rounds(own: Grant) -> Grant:
    return own.model_copy(update={"rounds": 0})


def _seconds(duration: timedelta) -> Decimal:
    return Decimal(str(duration.total_seconds()))


def _nothing_waits(what: str) -> BudgetObjection:
    return _against(BudgetRefusal.NOTHING_WAITS, f"nothing waits {what}")


def _against(refusal: BudgetRefusal, why: str) -> BudgetObjection:
    return BudgetObjection(refusal=refusal, reason=why)


def _refused(refusal: BudgetRefusal, why: str) -> RaiseAuthority:
    return RaiseAuthority(refusal=refusal, reason=why)
