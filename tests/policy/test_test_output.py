"""Counts out of closing lines."""

from decimal import Decimal

import pytest

from policy.test_output import Counts, counts, coverage


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ran 3 tests in 0.001s\n\nOK\n", Counts(3, 0, 0)),
        ("Ran 1 test in 0.001s\n\nOK (skipped=1)\n", Counts(0, 0, 1)),
        ("Ran 5 tests in 1s\n\nFAILED (failures=1, errors=2, skipped=1)\n", Counts(1, 3, 1)),
        ("Ran 0 tests in 0.000s\n\nNO TESTS RAN", Counts(0, 0, 0)),
        ("2 failed of something\n=== 1 failed, 2 passed, 1 error in 0.1s ===", Counts(2, 2, 0)),
        ("Tests:       1 failed, 2 skipped, 4 passed, 7 total\nTime: 2 s", Counts(4, 1, 2)),
        (
            "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured\n"
            "test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 measured\n",
            Counts(4, 2, 1),
        ),
        (
            "  ✓ says 2 errors\n\n  7 passing (3ms)\n  1 pending\n  2 failing\n\n  1) 9 failed\n",
            Counts(7, 2, 1),
        ),
        ("  3 passing (3ms)\n\n  4 passing (1s)\n", Counts(7, 0, 0)),
        (
            "# pass 3\n# fail 1\n# cancelled 1\n# skipped 1\n# todo 0\n".replace("#", "\u2139"),
            Counts(3, 2, 1),
        ),
        ("# tests 2\n# pass 2\n# fail 0\n", Counts(2, 0, 0)),
        (
            "1..4\nok 1 - adds\nnot ok 2 - adds\nok 3 # SKIP no network\nnot ok 4 # TODO later\n",
            Counts(1, 1, 2),
        ),
        ("ok then\nok 2\n", None),
        ("ok      example.org/shop 0.01s", None),
        ("all is well", None),
        ("", None),
    ],
)
def test_each_runner_is_understood(text: str, expected: Counts | None) -> None:
    assert counts(text) == expected


def test_coverage_is_the_total_of_its_table() -> None:
    table = "Name  Stmts  Miss  Cover\na.py  10  1  90%\nTOTAL  10  1  90.5%\n"
    assert coverage(table) == Decimal("90.5")
    assert coverage("TOTAL  10  2  4  1  78%\n") == Decimal(78)
    assert coverage("TOTAL  1  1  999%\n") is None
    assert coverage("nothing") is None
