"""`budget show`, `set`, `raise`, `refuse`: what may be used, and who grants more."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated

import typer
from pydantic import BaseModel

from cli.audit import Edit, keep
from cli.budget_options import Cost, Tokens
from cli.context import Desk, Needs, at_desk
from cli.decisions import sealed
from cli.durations import duration
from cli.exits import DONE, WrongUseError
from cli.options import As, AsJson, Key, issue_key, needed, who_am_i
from cli.reader import Reader
from cli.terminal import output, plain
from cli.workers import demand_worker
from clients.orchestrations import NotRunningError, RefusedError
from contracts.budgets import NO_CAPS, BudgetRefusal, Caps, DayBudget, RaiseBudget
from db.budgets import DayBudgets
from db.identity import Organizations
from policy.budgets import number

Why = Annotated[str, typer.Option("--comment", metavar="TEXT", help="Why; needed.")]
Rounds = Annotated[int, typer.Option(min=0, max=100, help="Of repairs, when TEST stays red.")]
Time = Annotated[
    str | None, typer.Option(metavar="DURATION", help="For an agent that ran out of it: 30m, 2h.")
]
OfTicket = Annotated[
    str | None, typer.Argument(metavar="[KEY]", help="A ticket; else the organization's day.")
]
NoCaps = Annotated[bool, typer.Option("--none", help="As much as is wanted.")]
ADVICE: dict[str, str] = {
    BudgetRefusal.NOT_A_HOLDER: "Ask one of them, or name others under `budget: ask:`.",
    BudgetRefusal.UNVERIFIED: "Set SLIPWAY_DECISION_KEY as the worker has it.",
    BudgetRefusal.COMMENT_NEEDED: "Say it again with --comment TEXT.",
}


class DayShown(BaseModel, frozen=True):
    """The organization's day in UTC, as `budget show --json` tells it."""

    organization: str
    budget: DayBudget


def show(context: typer.Context, key: OfTicket = None, as_json: AsJson = False) -> None:
    """What may be used today and what was; with KEY, that of a ticket's newest attempt."""
    ticket = issue_key(key) if key is not None else None

    async def job(desk: Desk) -> int:
        if ticket is not None:
            await _show_ticket(desk, ticket, as_json=as_json)
            return DONE
        shown = DayShown(organization=desk.organization, budget=await _day(desk))
        if as_json:
            print(shown.model_dump_json())
        else:
            _print_day(shown.budget)
        return DONE

    at_desk(context, job)


def set_(
    context: typer.Context,
    tokens: Tokens = None,
    cost: Cost = None,
    none: NoCaps = False,
    by: As = None,
) -> None:
    """Cap what the organization may use in a day (UTC). What is left out has no cap."""
    caps = Caps(tokens=tokens, cost=cost)
    if none is not (caps == NO_CAPS):
        raise WrongUseError("Say --tokens N, --cost MONEY, or both; or --none to lift the caps.")

    async def job(desk: Desk) -> int:
        me = who_am_i(desk.settings, by)
        async with desk.sessions.begin() as session:
            id = await Organizations(session).ensure(desk.organization, desk.organization)
            await DayBudgets(session).set_caps(desk.organization, caps)
            payload = caps.model_dump(mode="json")
            await keep(session, desk, Edit(me, "budget:set", ("organization", id), payload))
        _print_day(await _day(desk))
        return DONE

    at_desk(context, job)


def raise_(
    context: typer.Context,
    key: Key,
    text: Why,
    tokens: Tokens = None,
    cost: Cost = None,
    rounds: Rounds = 0,
    time: Time = None,
    by: As = None,
) -> None:
    """Grant more to work that waits for it, or ahead."""
    given = {"tokens": tokens, "cost": cost, "time": duration(time) if time else None}
    amounts = {name: value for name, value in given.items() if value is not None}
    if not amounts and not rounds:
        raise WrongUseError("Say how much more: --tokens N, --cost MONEY, --rounds N or --time.")
    why = needed(text, "comment")

    def said(me: str) -> RaiseBudget:
        return RaiseBudget.model_validate({"by": me, "comment": why, "rounds": rounds, **amounts})

    _tell(context, key, by, said)


def refuse(context: typer.Context, key: Key, text: Why, by: As = None) -> None:
    """Grant nothing more: the work ends as failed."""
    why = needed(text, "comment")
    _tell(context, key, by, lambda me: RaiseBudget(by=me, comment=why, refuse=True))


def _tell(
    context: typer.Context, key: str, by: str | None, said: Callable[[str], RaiseBudget]
) -> None:
    async def job(desk: Desk) -> int:
        message = said(who_am_i(desk.settings, by))
        if not await desk.orchestrations.running(key):
            raise NotRunningError(f"{key} is not being worked, so nobody hears this")
        await demand_worker(desk, key)
        try:
            answer = await desk.orchestrations.update(
                key, "raise_budget", sealed(desk, key, message)
            )
        except RefusedError as error:
            advice = ADVICE.get(error.refusal, f"Look first: starter.py why {key}")
            why = f"It does not count ({error.refusal}): {error}. {advice}"
            raise RefusedError(error.refusal, why) from error
        output().print(f"{key}: {plain(answer)} (by {message.by})")
        return DONE

    at_desk(context, job, Needs.ALL)


async def _day(desk: Desk) -> DayBudget:
    async with desk.sessions() as session:
        budgets = DayBudgets(session)
        caps = await budgets.caps(desk.organization)
        id = await Organizations(session).find(desk.organization)
        if id is None:
            return DayBudget(caps=caps)
        return await budgets.reckoned(id, caps, datetime.now(UTC))


def _print_day(day: DayBudget) -> None:
    granted = day.granted
    for name, used, cap, more in (
        ("tokens", day.tokens, day.caps.tokens, granted.tokens),
        ("money", day.cost, day.caps.cost, granted.cost),
    ):
        of = "no cap" if cap is None else f"of {number(Decimal(cap))}"
        raised = f", and {number(Decimal(more))} that were granted" if more else ""
        output().print(f"{name:<7} {number(Decimal(used))} used today (UTC), {of}{raised}")


async def _show_ticket(desk: Desk, key: str, *, as_json: bool) -> None:
    found = await Reader(desk).demand(key)
    async with desk.sessions() as session:
        kept = await DayBudgets(session).of_orchestration(found.story.orchestration_id)
    told = {"issue_key": key, "tokens": found.story.tokens, "cost": found.story.cost, **kept}
    if as_json:
        print(json.dumps(told))
        return
    output().print(f"{key}: {found.story.tokens:,} tokens and {found.story.cost} of money are used")
    for name, value in kept.items():
        output().print(f"  {name}: {plain(json.dumps(value), 500)}")


BUDGET: dict[str, Callable[..., None]] = {
    "show": show,
    "set": set_,
    "raise": raise_,
    "refuse": refuse,
}
