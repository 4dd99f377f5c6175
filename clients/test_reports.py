"""What a run of a project's tests means, read from all that it left."""

from dataclasses import replace

from clients.agent_reports import last_words
from clients.foreign_files import UnreadableFileError, read_foreign
from clients.junit import MAX_SIZE, Results, UnreadableResultsError, read_results
from clients.processes import Finished, Ran
from clients.project_tests import TestRun
from clients.run_watches import exceeded
from contracts.agents import FailedTest, Report, TestReport
from contracts.text import clipped, uncoloured
from policy.test_output import Counts, counts, coverage

NOT_STARTED = "TestsNotStartedError"
# As shells say it: there is no such program, or it cannot be run.
NEVER_RAN = (126, 127)
PYTEST_FOUND_NONE = 5


def judged(run: TestRun, finished: Finished) -> Ran:
    text = _text(finished)
    if run.results is None and finished.exit_code in NEVER_RAN:
        message = clipped(f"{run.shown[0]} could not be started: {text}")
        report = Report(status="failed", summary=message)
        return Ran(report, finished.output, NOT_STARTED, message)
    said = counts(_uncoloured(finished))
    results, complaint = _results(run, finished, text, said)
    if complaint is not None:
        failure = FailedTest(name=complaint[:500], message=complaint)
        failures = (failure, *results.failures)
        results = replace(results, failed=results.failed + 1, failures=failures)
    tests = _report(run, finished, results)
    # Without any count, a failure that was found here is one.
    counted = run.results is not None or said is not None or results.failed > 0
    tests = tests.model_copy(update={"counted": counted})
    report = Report(status="completed", summary=_summary(run, tests, complaint), tests=tests)
    return Ran(report, finished.output)


def _text(finished: Finished) -> str:
    both = (last_words(finished.stdout_tail), last_words(finished.stderr_tail))
    return "\n".join(words for words in both if words)


def _uncoloured(finished: Finished) -> str:
    """All of it: mocha counts first, and says then at length what failed."""
    both = (finished.stdout_tail, finished.stderr_tail)
    return uncoloured("\n".join(tail.decode(errors="replace") for tail in both))


def _results(
    run: TestRun, finished: Finished, text: str, counted: Counts | None
) -> tuple[Results, str | None]:
    """The counts, and what is wrong with the run beside single tests that failed."""
    said = _said(finished, counted)
    complaint = _stopped(run, finished)
    if run.results is None:
        nothing = "no tests were found" if said == Counts() and "Ran 0 tests" in text else None
        return _as_results(said), complaint or nothing
    if finished.exit_code == PYTEST_FOUND_NONE:
        complaint = complaint or "no tests were found"
    try:
        return _junit(run), complaint
    except UnreadableResultsError as error:
        # pytest always leaves results: a zero without them was made by somebody else.
        forged = str(error) if finished.exit_code == 0 else None
        return _as_results(said), complaint or forged


def _junit(run: TestRun) -> Results:
    """Raises UnreadableResultsError."""
    try:
        xml = read_foreign(run.results, MAX_SIZE) if run.results else None
    except UnreadableFileError as error:
        raise UnreadableResultsError(str(error)) from error
    if xml is None:
        raise UnreadableResultsError("the tests ended without leaving results")
    return read_results(xml)


def _said(finished: Finished, said: Counts | None) -> Counts:
    """The exit code decides: some program's closing line is no proof of a failure."""
    if said is None:
        return Counts()
    return replace(said, failed=0) if finished.exit_code == 0 else said


def _as_results(said: Counts) -> Results:
    return Results(said.passed, said.failed, said.skipped, ())


def _stopped(run: TestRun, finished: Finished) -> str | None:
    bound = finished.stopped_for
    return f"the tests {exceeded(bound, run.program.limits)}" if bound is not None else None


def _summary(run: TestRun, tests: TestReport, complaint: str | None) -> str:
    said = tests.counts if tests.counted else f"{tests.counts}, exit code {tests.exit_code}"
    why = f" {complaint[0].upper()}{complaint[1:]}." if complaint else ""
    return clipped(f"{' '.join(run.shown)} ({run.reason}): {said}.{why}")


def _report(run: TestRun, finished: Finished, results: Results) -> TestReport:
    return TestReport(
        command=run.shown,
        exit_code=finished.exit_code,
        passed=results.passed,
        failed=results.failed,
        skipped=results.skipped,
        coverage=coverage(_uncoloured(finished)),
        failures=results.failures,
        output_tail=_text(finished),
    )
