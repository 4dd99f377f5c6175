"""How risky a change is, by its size, its tests and its paths."""

import pytest

from contracts.agents import TestReport
from contracts.levels import Risk
from policy.relevance import ChangedFile
from policy.risk import assess

GREEN, RED = TestReport(passed=3), TestReport(passed=3, failed=1)


def change(path: str = "src/rounding.py", added: int = 5) -> ChangedFile:
    return ChangedFile(path, added, 1)


def test_a_small_change_with_green_tests_is_low_and_clean() -> None:
    found = assess([change()], GREEN)
    assert (found.risk, found.clean, found.reasons) == (Risk.LOW, True, ())
    assert (found.files_changed, found.diff_size) == (1, 6)


@pytest.mark.parametrize(
    ("tests", "risk"),
    [(None, Risk.MEDIUM), (TestReport(), Risk.MEDIUM), (RED, Risk.HIGH)],
    ids=["never ran", "none there", "red"],
)
def test_without_green_tests_nothing_is_low(tests: TestReport | None, risk: Risk) -> None:
    assert assess([change()], tests).risk is risk


def test_green_tests_that_nobody_counted_are_not_called_none() -> None:
    found = assess([change()], TestReport(counted=False))
    assert (found.risk, found.reasons) == (Risk.MEDIUM, ("how many tests passed is not known",))


@pytest.mark.parametrize(
    ("lines", "risk"),
    [(99, Risk.LOW), (100, Risk.MEDIUM), (499, Risk.MEDIUM), (500, Risk.HIGH)],
)
def test_the_size_counts(lines: int, risk: Risk) -> None:
    assert assess([change(added=lines)], GREEN).risk is risk


@pytest.mark.parametrize(
    ("count", "risk"),
    [(5, Risk.LOW), (6, Risk.MEDIUM), (25, Risk.MEDIUM), (26, Risk.HIGH)],
)
def test_so_does_the_number_of_files(count: int, risk: Risk) -> None:
    files = [change(f"src/part{number}.py", 1) for number in range(count)]
    assert assess(files, GREEN).risk is risk


@pytest.mark.parametrize(
    "path", ["app/auth/views.py", "LoginForm.tsx", "deploy/server.pem", ".env.production"]
)
def test_what_touches_security_is_high_and_not_clean(path: str) -> None:
    found = assess([change(path)], GREEN)
    assert (found.risk, found.clean) == (Risk.HIGH, False)
    assert path in found.reasons[0]


@pytest.mark.parametrize(
    "path", [".github/workflows/ci.yml", "Dockerfile", "db/migrations/1.py", "pyproject.toml"]
)
def test_what_reaches_far_is_not_low(path: str) -> None:
    found = assess([change(path)], GREEN)
    assert (found.risk, found.clean) == (Risk.MEDIUM, True)


def test_a_binary_is_not_low_as_nobody_can_read_it() -> None:
    binary = ChangedFile("logo.png", None, None)
    for others in ((), (change(added=199),)):
        found = assess([binary, *others], GREEN)
        assert found.risk is Risk.HIGH
        assert found.diff_size == 200 * len(others)
        assert found.reasons == (f"{found.diff_size} lines changed, and binary files",)


@pytest.mark.parametrize(
    ("count", "named"), [(3, "auth0, auth1, auth2"), (5, "auth0, auth1, auth2 and 2 more")]
)
def test_three_of_the_paths_are_named(count: int, named: str) -> None:
    found = assess([change(f"auth{number}", 1) for number in range(count)], GREEN)
    assert found.reasons == (f"touches security: {named}",)
