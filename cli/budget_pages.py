"""`budget show`: what may be used and what was, in lines for people."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from cli.terminal import elapsed, plain
from contracts.budgets import NO_CAPS, Caps, DayBudget, Grant
from policy.budgets import number
from policy.moments import in_utc

Used = tuple[int, Decimal]
"""Tokens, and money."""


def of_day(day: DayBudget) -> Iterator[str]:
    """The organization's."""
    yield from _table("today (UTC)", (day.tokens, day.cost), day.caps, day.granted)


def page(key: str, used: Used, kept: Mapping[str, Any]) -> Iterator[str]:
    """A ticket's newest attempt. `kept` is what its row says: `caps`, `granted`, `waiting`."""
    whole, agent = (_kept_caps(kept, scope) for scope in ("orchestration", "agent"))
    granted = Grant.model_validate(kept.get("granted") or {})
    yield key
    for line in _table("by this work", used, whole, granted):
        yield f"  {line}"
    if more := _more(granted):
        yield f"  also granted: {more}"
    if agent != NO_CAPS:
        yield f"  each run of an agent may use {_caps(agent)}"
    yield from _waiting(key, kept.get("waiting"))


def _table(where: str, used: Used, caps: Caps, granted: Grant) -> Iterator[str]:
    for name, spent, cap, more in (
        ("tokens", used[0], caps.tokens, granted.tokens),
        ("money", used[1], caps.cost, granted.cost),
    ):
        of = "no cap" if cap is None else f"of {number(Decimal(cap) + Decimal(more))}"
        raised = f" ({number(Decimal(more))} of it granted on top)" if more and cap else ""
        yield f"{name:<7} {number(Decimal(spent))} used {where}, {of}{raised}"


def _kept_caps(kept: Mapping[str, Any], scope: str) -> Caps:
    return Caps.model_validate(kept.get("caps", {}).get(scope, {}))


def _more(granted: Grant) -> str:
    """Beside tokens and money."""
    rounds = "1 repair round" if granted.rounds == 1 else f"{granted.rounds} repair rounds"
    said = [rounds] if granted.rounds else []
    said += [f"{elapsed(granted.time)} for an agent"] if granted.time else []
    return ", ".join(said)


def _caps(caps: Caps) -> str:
    said = [f"{caps.tokens:,} tokens"] if caps.tokens is not None else []
    said += [f"{number(caps.cost)} of money"] if caps.cost is not None else []
    return " and ".join(said)


def _waiting(key: str, asked: Mapping[str, Any] | None) -> Iterator[str]:
    if not asked:
        return
    since = in_utc(datetime.fromisoformat(asked["since"]))
    yield f"  waits for more since {since}: {plain(asked['reason'], 300)}"
    yield f"    asked: {plain(', '.join(asked['people']) or asked['whom'], 300)}"
    if why := asked.get("why"):
        yield f"    {plain(why, 300)}"
    yield f"    grant more: starter.py budget raise {key}; end it: starter.py budget refuse {key}"
