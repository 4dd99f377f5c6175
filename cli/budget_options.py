"""Amounts that people grant or cap on the command line, checked."""

from decimal import Decimal, InvalidOperation
from typing import Annotated

import typer

from cli.exits import WrongUseError
from cli.terminal import plain
from contracts.budgets import MOST_COST, MOST_TOKENS


def tokens(value: str) -> int:
    """`150000`, `150_000`, `150k`, `2M`. Raises WrongUseError."""
    factor = {"k": 1_000, "m": 1_000_000}.get(value[-1:].lower(), 1)
    digits = value[:-1] if factor > 1 else value
    if not digits.replace("_", "").isascii() or not digits.replace("_", "").isdigit():
        raise WrongUseError(f"{plain(value, 60)!r} are no tokens: say 150000, 150k or 2M.")
    if len(digits) > 20 or not 1 <= int(digits) * factor <= MOST_TOKENS:
        raise WrongUseError(f"{plain(value, 60)!r}: between 1 and {MOST_TOKENS:,} tokens may be.")
    return int(digits) * factor


def money(value: str) -> Decimal:
    """Raises WrongUseError."""
    try:
        found = Decimal(value)
    except InvalidOperation:
        found = Decimal(0)
    if not (found.is_finite() and 0 < found <= MOST_COST and found == round(found, 6)):
        raise WrongUseError(f"{plain(value, 60)!r} is no sum of money: say 20 or 2.50.")
    return found


Tokens = Annotated[
    int | None, typer.Option("--tokens", metavar="N", parser=tokens, help="Such as 150k or 2M.")
]
Cost = Annotated[
    Decimal | None,
    typer.Option("--cost", metavar="MONEY", parser=money, help="In the unit agents report."),
]
BudgetTokens = Annotated[
    int | None,
    typer.Option(metavar="N", parser=tokens, help="What this work may use, such as 500k."),
]
BudgetCost = Annotated[
    Decimal | None,
    typer.Option(metavar="MONEY", parser=money, help="In the unit agents report."),
]
