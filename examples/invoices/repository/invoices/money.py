"""Amounts of money, to the cent."""

from decimal import Decimal

CENT = Decimal("0.01")


def rounded(amount: Decimal) -> Decimal:
    return amount.quantize(CENT)
