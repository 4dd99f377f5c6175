"""`budget raise` and `refuse`: an answer to work that waits for more."""

from collections.abc import Callable
from typing import Annotated

import typer

from cli.budget_options import Cost, Tokens
from cli.connected import ConnectedDesk, at_connected_desk
from cli.decisions import sealed
from cli.durations import duration
from cli.exits import DONE, WrongUseError
from cli.options import As, Key, needed, who_am_i
from cli.terminal import output, plain
from cli.workers import demand_listener
from clients.temporal.orchestrations import RefusedError
from contracts.budgets import BudgetRefusal, RaiseBudget
from policy.keys import SHARE_DECISION_KEY

Why = Annotated[str, typer.Option("--comment", metavar="TEXT", help="Why; needed.")]
Rounds = Annotated[int, typer.Option(min=0, max=100, help="Of repairs, when TEST stays red.")]
Time = Annotated[
    str | None, typer.Option(metavar="DURATION", help="For an agent that ran out of it: 30m, 2h.")
]
ADVICE: dict[str, str] = {
    BudgetRefusal.NOT_A_HOLDER: "Ask one of them, or name others under `budget: ask:`.",
    BudgetRefusal.UNVERIFIED: f"To be known, {SHARE_DECISION_KEY}.",
    BudgetRefusal.COMMENT_NEEDED: "Say it again with --comment TEXT.",
}


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
    async def job(desk: ConnectedDesk) -> int:
        message = said(who_am_i(desk.settings, by))
        await demand_listener(desk, key)
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

    at_connected_desk(context, job)
