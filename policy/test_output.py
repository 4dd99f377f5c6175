"""Counts out of the closing lines that test runners print."""

import re
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal

_COUNT = re.compile(r"\b(\d{1,9}) (passed|failed|skipped|ignored|errors?)\b")
_UNITTEST = re.compile(r"^Ran (\d{1,9}) tests? in .*\n\s*((?:OK|FAILED|NO TESTS RAN).*)$", re.M)
_UNITTEST_COUNT = re.compile(r"(failures|errors|skipped|unexpected successes)=(\d{1,9})")
_COVERAGE = re.compile(r"^TOTAL\s+\d+\s.*?(\d{1,3}(?:\.\d+)?)%\s*$", re.M)


@dataclass(frozen=True)
class Counts:
    passed: int = 0
    failed: int = 0
    skipped: int = 0


def counts(text: str) -> Counts | None:
    """As unittest, pytest, cargo, jest and their like say it; None when nothing is said."""
    ends = list(_UNITTEST.finditer(text))
    return _of_unittest(ends[-1]) if ends else _of_last_line(text)


def coverage(text: str) -> Decimal | None:
    """Per cent, out of the table of coverage.py."""
    totals = _COVERAGE.findall(text)
    return Decimal(totals[-1]) if totals and Decimal(totals[-1]) <= 100 else None


def _of_unittest(end: re.Match[str]) -> Counts:
    of = {name: int(number) for name, number in _UNITTEST_COUNT.findall(end[2])}
    skipped = of.pop("skipped", 0)
    failed = sum(of.values())
    return Counts(max(0, int(end[1]) - failed - skipped), failed, skipped)


def _of_last_line(text: str) -> Counts | None:
    lines = [line for line in text.splitlines() if _COUNT.search(line)]
    # cargo closes each crate with a line of its own, the others close once.
    crates = [line for line in lines if line.startswith("test result:")]
    said = _COUNT.findall("\n".join(crates or lines[-1:]))
    if not said:
        return None
    of: dict[str, int] = defaultdict(int)
    for number, name in said:
        of[name.rstrip("s")] += int(number)
    return Counts(of["passed"], of["failed"] + of["error"], of["skipped"] + of["ignored"])
