from decimal import Decimal

import pytest

from invoices.money import rounded


@pytest.mark.parametrize(
    ("amount", "expected"),
    [("1.234", "1.23"), ("1.236", "1.24"), ("-1.234", "-1.23"), ("-1.236", "-1.24"), ("7", "7.00")],
)
def test_an_amount_is_rounded_to_the_nearest_cent(amount: str, expected: str) -> None:
    assert rounded(Decimal(amount)) == Decimal(expected)
