"""The coverage that a playbook asks for."""

from decimal import Decimal

import pytest

from contracts.agents import TestReport
from policy.coverage import held_to, short_of

NINETY = Decimal(90)


@pytest.mark.parametrize(
    ("coverage", "minimum", "said"),
    [
        (None, None, None),
        (Decimal(1), None, None),
        (Decimal(90), NINETY, None),
        (Decimal(100), NINETY, None),
        (Decimal("89.99"), NINETY, "89.99 % of the code is covered, and the playbook wants 90 %"),
        (None, NINETY, "the tests reported no coverage, and the playbook wants at least 90 %"),
    ],
)
def test_too_little_coverage_and_none_at_all_are_said(
    coverage: Decimal | None, minimum: Decimal | None, said: str | None
) -> None:
    assert short_of(TestReport(coverage=coverage), minimum) == said


def test_a_green_run_with_too_little_coverage_is_red_once_and_says_why() -> None:
    red = held_to(NINETY, TestReport(passed=12, coverage=Decimal(50)))
    assert not red.green
    assert (red.passed, red.failed, red.failures[0].name) == (12, 1, "coverage")
    assert "50 %" in red.failures[0].message
    assert held_to(NINETY, red) == red


def test_enough_coverage_changes_nothing() -> None:
    for tests in (TestReport(passed=1, coverage=NINETY), TestReport(failed=1, coverage=NINETY)):
        assert held_to(NINETY, tests) == tests
    assert held_to(None, TestReport()) == TestReport()
