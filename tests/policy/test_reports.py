"""Reports are cut to what histories can carry."""

from contracts.agents import FailedTest, PlanStep, RelevantFile, Report, TestReport
from policy.reports import FAILURES, FINDINGS, LEFT_OUT, MOST, bounded


def test_a_flood_of_findings_is_cut_and_said_to_be_cut() -> None:
    report = Report(status="completed", summary="s" * 10_000, findings=("f" * 9_000,) * 100)
    kept = bounded(report)
    assert len(kept.summary) == 2_000
    assert kept.findings[-1] == f"… and {100 - FINDINGS} more findings"
    assert len(kept.model_dump_json()) < 20_000


def test_failed_tests_keep_their_names() -> None:
    failures = tuple(FailedTest(name=f"test_{n}", message="m" * 9_000) for n in range(60))
    tests = TestReport(failed=60, failures=failures, output_tail="o" * 9_000)
    kept = bounded(Report(status="completed", summary="red", tests=tests))
    assert kept.tests is not None
    assert kept.tests.failed == 60
    assert [failed.name for failed in kept.tests.failures] == [f"test_{n}" for n in range(FAILURES)]


def test_a_short_report_stays_as_it_is() -> None:
    report = Report(status="blocked", summary="which one?", question="a or b?")
    assert bounded(report) == report


def test_of_lists_that_are_too_long_in_all_the_ends_are_left_out() -> None:
    line = "x" * 500
    step = PlanStep(does=line, criterion=line, check=line, files=(line,) * 20)
    report = Report(
        status="completed",
        summary="a lot",
        findings=(line,) * 3,
        relevant=(RelevantFile(path=line, reason=line),) * 20,
        plan=(step,) * 20,
    )
    kept = bounded(report)
    assert kept.findings == (*report.findings, LEFT_OUT)
    assert kept.relevant
    assert kept.plan
    assert len(kept.model_dump_json().encode()) < MOST + 2_000
