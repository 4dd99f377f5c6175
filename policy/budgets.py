"""What may still be used, and what is too much: arithmetic on caps."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from contracts.agents import AgentResult, Usage
from contracts.budgets import (
    NO_GRANT,
    NOTHING,
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
from contracts.playbooks import AgentSpec, CommandAgent, LlmAgent, Playbook

WHOSE = {
    Scope.AGENT: "this run of the agent",
    Scope.ORCHESTRATION: "this work",
    Scope.ORGANIZATION: "the organization's day",
}


def with_caps(playbook: Playbook, caps: Caps) -> Playbook:
    """The playbook, with what an order says instead for the orchestration."""
    said = caps.model_dump(exclude_none=True)
    both = playbook.budget.orchestration.model_copy(update=said)
    budget = playbook.budget.model_copy(update={"orchestration": both})
    return playbook.model_copy(update={"budget": budget})


def spends(agent: AgentSpec) -> bool:
    """Neither people nor programs of ours use tokens."""
    return isinstance(agent, CommandAgent | LlmAgent)


def spent_by(result: AgentResult) -> Usage:
    """What an agent said in its report and on its way: of each the larger, since neither can
    have been too little."""
    return larger(result.report.usage if result.report else Usage(), result.used)


def larger(one: Usage, other: Usage) -> Usage:
    return Usage(
        tokens_in=max(one.tokens_in, other.tokens_in),
        tokens_out=max(one.tokens_out, other.tokens_out),
        cost=max(one.cost, other.cost),
        provider=one.provider or other.provider,
        model=one.model or other.model,
    )


def together(one: Usage, other: Usage) -> Usage:
    return Usage(
        tokens_in=one.tokens_in + other.tokens_in,
        tokens_out=one.tokens_out + other.tokens_out,
        cost=one.cost + other.cost,
        provider=other.provider or one.provider,
        model=other.model or one.model,
    )


def bounds_of(
    budget: Budget, state: BudgetState, spender: Spender, spent: tuple[int, Decimal]
) -> tuple[Bound, ...]:
    """The caps that one more run of the spender has to keep; `spent` are the tokens and the
    money that the orchestration has used. An agent's are those of one run: nothing yet."""
    own = state.agents.get(spender.key, NO_GRANT)
    return (
        *_bounds(Scope.AGENT, budget.agent, own, (0, NOTHING)),
        *_bounds(Scope.ORCHESTRATION, budget.orchestration, state.granted, spent),
    )


def bounds_of_day(day: DayBudget) -> tuple[Bound, ...]:
    return _bounds(Scope.ORGANIZATION, day.caps, day.granted, (day.tokens, day.cost))


def _bounds(
    scope: Scope, caps: Caps, granted: Grant, spent: tuple[int, Decimal]
) -> tuple[Bound, ...]:
    found = []
    if caps.tokens is not None:
        limit = Decimal(caps.tokens + granted.tokens)
        found.append(
            Bound(scope=scope, measure=Measure.TOKENS, limit=limit, spent=Decimal(spent[0]))
        )
    if caps.cost is not None:
        limit = caps.cost + granted.cost
        found.append(Bound(scope=scope, measure=Measure.COST, limit=limit, spent=spent[1]))
    return tuple(found)


def used_up(bounds: Iterable[Bound]) -> Bound | None:
    """The first that leaves nothing: no agent may begin."""
    return next((one for one in bounds if one.spent >= one.limit), None)


def passed(bounds: Iterable[Bound], used: Usage) -> Bound | None:
    """The first that is passed by what was used since, with that in its `spent`."""
    after = (with_use(one, used) for one in bounds)
    return next((one for one in after if one.spent > one.limit), None)


def passed_after(bounds: Iterable[Bound], used: Usage) -> Bound | None:
    """Like `passed`, once what was used is in the orchestration's sum already."""
    after = (with_use(one, used) if one.scope is Scope.AGENT else one for one in bounds)
    return next((one for one in after if one.spent > one.limit), None)


def with_use(bound: Bound, used: Usage) -> Bound:
    return bound.model_copy(update={"spent": bound.spent + _of(bound.measure, used)})


def _of(measure: Measure, used: Usage) -> Decimal:
    match measure:
        case Measure.TOKENS:
            return Decimal(used.tokens_in + used.tokens_out)
        case Measure.COST:
            return used.cost
        case _:
            return NOTHING


def more_time(agent: AgentSpec, granted: Grant) -> AgentSpec:
    """The agent with the time that it was granted on top of its own."""
    if not granted.time:
        return agent
    limits = agent.limits.model_copy(update={"time": agent.limits.time + granted.time})
    return agent.model_copy(update={"limits": limits})


def over_after(agent: AgentSpec, result: AgentResult) -> Bound | None:
    """What stopped the agent, if it was a cap or its time."""
    if result.over is not None:
        return result.over
    if result.error_type != OUT_OF_TIME:
        return None
    seconds = Decimal(str(agent.limits.time.total_seconds()))
    return Bound(scope=Scope.AGENT, measure=Measure.TIME, limit=seconds, spent=seconds)


def day_of(now: datetime) -> tuple[datetime, datetime]:
    """When the day that an organization's caps are of began, and when it ends: in UTC."""
    begin = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return begin, begin + timedelta(days=1)


def said_of_bound(bound: Bound) -> str:
    """`120,000 of 100,000 tokens of this work are used`"""
    match bound.measure:
        case Measure.ROUNDS:
            return f"tests stay red after {bound.limit:,f} repair rounds"
        case Measure.TIME:
            return f"the agent did not end within {timedelta(seconds=float(bound.limit))}"
        case Measure.TOKENS:
            unit = "tokens"
        case Measure.COST:
            unit = "money"
    return f"{number(bound.spent)} of {number(bound.limit)} {unit} of {WHOSE[bound.scope]} are used"


def number(value: Decimal) -> str:
    """Without an exponent, and without zeros at the end."""
    text = f"{value:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
