"""Reading JUnit XML that a project's tests have written: it may be anything."""

from dataclasses import dataclass, field
from typing import NoReturn
from xml.parsers import expat

from contracts.agents import FailedTest
from contracts.text import MAX_LINE, clipped

MAX_SIZE = 10 * 2**20
MAX_FAILURES = 100
MAX_MESSAGE = 2_000


class UnreadableResultsError(Exception):
    """No JUnit XML, or more of it than anybody should read."""


@dataclass(frozen=True)
class Results:
    """At most 100 failures are named, all are counted."""

    passed: int
    failed: int
    skipped: int
    failures: tuple[FailedTest, ...]


def read_results(xml: bytes) -> Results:
    """Raises UnreadableResultsError, also for any document type or entity declared in it."""
    if len(xml) > MAX_SIZE:
        raise UnreadableResultsError(f"the results are longer than {MAX_SIZE:,} bytes")
    cases = _Cases()
    try:
        cases.parser().Parse(xml, True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise UnreadableResultsError(f"the results are not XML: {error}") from error
    if not cases.suites:
        raise UnreadableResultsError("the results hold no test suite")
    return Results(cases.passed, cases.failed, cases.skipped, tuple(cases.failures))


@dataclass
class _Cases:
    """Collects test cases, which do not nest, while the parser goes by."""

    suites: int = 0
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    failures: list[FailedTest] = field(default_factory=list)
    _name: str = ""
    _outcome: str = "passed"
    _message: str = ""
    _listening: bool = False

    def parser(self) -> expat.XMLParserType:
        parser = expat.ParserCreate()
        parser.StartDoctypeDeclHandler = _refused
        parser.EntityDeclHandler = _refused
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        return parser

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        match name:
            case "testsuite" | "testsuites":
                self.suites += 1
            case "testcase":
                parts = (attributes.get("classname", ""), attributes.get("name", ""))
                self._name = "::".join(part for part in parts if part) or "unnamed"
                self._outcome, self._message = "passed", ""
            case "failure" | "error":
                self._outcome, self._listening = "failed", True
                self._message = attributes.get("message", "")
            case "skipped":
                self._outcome = "skipped"

    def _text(self, text: str) -> None:
        if self._listening and len(self._message) < MAX_MESSAGE:
            self._message += text if self._message.endswith("\n") else f"\n{text}"

    def _end(self, name: str) -> None:
        match name:
            case "failure" | "error":
                self._listening = False
            case "testcase" if self._outcome == "passed":
                self.passed += 1
            case "testcase" if self._outcome == "skipped":
                self.skipped += 1
            case "testcase":
                self.failed += 1
                if len(self.failures) < MAX_FAILURES:
                    self.failures.append(_failed(self._name, self._message))


def _failed(name: str, message: str) -> FailedTest:
    return FailedTest(name=name[:MAX_LINE], message=clipped(message.strip(), MAX_MESSAGE))


def _refused(*declaration: object) -> NoReturn:
    raise UnreadableResultsError("the results declare a document type or an entity")
