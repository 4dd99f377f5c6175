"""Counts out of the closing lines that test runners print."""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

_COUNT = re.compile(r"\b(\d{1,9}) (passed|failed|skipped|ignored|errors?)\b")
_UNITTEST = re.compile(r"^Ran (\d{1,9}) tests? in .*\n\s*((?:OK|FAILED|NO TESTS RAN).*)$", re.M)
_UNITTEST_COUNT = re.compile(r"(failures|errors|skipped|unexpected successes)=(\d{1,9})")
# `  7 passing (3ms)` of mocha, `# pass 7` or `\u2139 pass 7` of Node itself.
_MOCHA = re.compile(r"^ *(\d{1,9}) (passing|failing|pending)\b", re.M)
_NODE = re.compile(r"^[#\u2139] (pass|fail|cancelled|skipped|todo) (\d{1,9})$", re.M)
_TAP_PLAN = re.compile(r"^1\.\.\d{1,9}\s*$", re.M)
_TAP = re.compile(r"^(not ok|ok)\b[^#\n]*(?:# *(skip|todo))?", re.M | re.I)
_COVERAGE = re.compile(r"^TOTAL\s+\d+\s.*?(\d{1,3}(?:\.\d+)?)%\s*$", re.M)


@dataclass(frozen=True)
class Counts:
    passed: int = 0
    failed: int = 0
    skipped: int = 0


def counts(text: str) -> Counts | None:
    """As unittest, pytest, cargo, jest, mocha, Node and their like say it, or TAP; None when
    nothing is said. `text` is uncoloured."""
    ends = list(_UNITTEST.finditer(text))
    if ends:
        return _of_unittest(ends[-1])
    # The names of tests are printed too: what only one runner says comes before what many say.
    return _of_node(text) or _of_mocha(text) or _of_last_line(text) or _of_tap(text)


def coverage(text: str) -> Decimal | None:
    """Per cent, out of the table of coverage.py. `text` is uncoloured."""
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
    of = _sums((name.rstrip("s"), number) for number, name in said)
    skipped = of["skipped"] + of["ignored"]
    return Counts(of["passed"], of["failed"] + of["error"], skipped) if said else None


def _of_mocha(text: str) -> Counts | None:
    said = _MOCHA.findall(text)
    of = _sums((name, number) for number, name in said)
    return Counts(of["passing"], of["failing"], of["pending"]) if said else None


def _of_node(text: str) -> Counts | None:
    said = _NODE.findall(text)
    of = _sums(said)
    failed, skipped = of["fail"] + of["cancelled"], of["skipped"] + of["todo"]
    return Counts(of["pass"], failed, skipped) if said else None


def _of_tap(text: str) -> Counts | None:
    """Without its plan a line that begins with `ok` may be anybody's."""
    if not _TAP_PLAN.search(text):
        return None
    points = [(told.casefold(), bool(why)) for told, why in _TAP.findall(text)]
    skipped = sum(why for _, why in points)
    passed = points.count(("ok", False))
    return Counts(passed, len(points) - passed - skipped, skipped)


def _sums(said: Iterable[tuple[str, str]]) -> dict[str, int]:
    of: dict[str, int] = defaultdict(int)
    for name, number in said:
        of[name] += int(number)
    return of
