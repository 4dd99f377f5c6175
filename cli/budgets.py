"""`budget show` and `set`: what may be used, and what was."""

import json
from datetime import UTC, datetime
from typing import Annotated

import typer
from pydantic import BaseModel

from cli.audit import Edit, keep
from cli.budget_options import Cost, Tokens
from cli.budget_pages import of_day, page
from cli.context import Desk, at_desk
from cli.exits import DONE, WrongUseError
from cli.options import As, AsJson, issue_key, who_am_i
from cli.reader import Reader
from cli.terminal import output
from contracts.budgets import NO_CAPS, Caps, DayBudget
from db.budgets import DayBudgets
from db.identity import Organizations

OfTicket = Annotated[
    str | None, typer.Argument(metavar="[KEY]", help="A ticket; else the organization's day.")
]
NoCaps = Annotated[bool, typer.Option("--none", help="As much as is wanted.")]


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
            for line in of_day(shown.budget):
                output().print(line)
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
        for line in of_day(await _day(desk)):
            output().print(line)
        return DONE

    at_desk(context, job)


async def _day(desk: Desk) -> DayBudget:
    async with desk.sessions() as session:
        budgets = DayBudgets(session)
        caps = await budgets.caps(desk.organization)
        id = await Organizations(session).find(desk.organization)
        if id is None:
            return DayBudget(caps=caps)
        return await budgets.reckoned(id, caps, datetime.now(UTC))


async def _show_ticket(desk: Desk, key: str, *, as_json: bool) -> None:
    found = await Reader(desk).demand(key)
    async with desk.sessions() as session:
        kept = await DayBudgets(session).of_orchestration(found.story.orchestration_id)
    tokens, cost = found.story.tokens, found.story.cost
    if as_json:
        print(json.dumps({"issue_key": key, "tokens": tokens, "cost": str(cost), **kept}))
        return
    for line in page(key, (tokens, cost), kept):
        output().print(line)
