"""How much of the code the tests must cover."""

from decimal import Decimal

from contracts.agents import FailedTest, TestReport

COVERAGE = "coverage"


def short_of(tests: TestReport, minimum: Decimal | None) -> str | None:
    """What is wrong in a line, or None. Coverage that nobody reported is not enough coverage:
    else a project would pass by leaving the measuring out."""
    if minimum is None:
        return None
    if tests.coverage is None:
        return f"the tests reported no coverage, and the playbook wants at least {minimum:f} %"
    if tests.coverage < minimum:
        return f"{tests.coverage:f} % of the code is covered, and the playbook wants {minimum:f} %"
    return None


def held_to(minimum: Decimal | None, tests: TestReport) -> TestReport:
    """The same report, red where coverage is short: with one more failure, named `coverage`, so
    that all who read reports see the reason. Repeatable."""
    short = short_of(tests, minimum)
    if short is None or any(failed.name == COVERAGE for failed in tests.failures):
        return tests
    failure = FailedTest(name=COVERAGE, message=short)
    return tests.model_copy(
        update={"failed": tests.failed + 1, "failures": (failure, *tests.failures)}
    )
