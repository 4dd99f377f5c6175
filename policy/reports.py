"""How much of an agent's report is kept: it travels through histories and headers."""

from contracts.agents import PlanStep, Report, TestReport
from contracts.text import clipped

SUMMARY = 2_000
FINDINGS = 20
FINDING = 500
FAILURES = 50


def bounded(report: Report) -> Report:
    """The report with long texts cut, and said to be cut. The whole output is kept elsewhere."""
    findings = tuple(clipped(finding, FINDING) for finding in report.findings[:FINDINGS])
    if len(report.findings) > FINDINGS:
        findings += (f"… and {len(report.findings) - FINDINGS} more findings",)
    return report.model_copy(
        update={
            "summary": clipped(report.summary, SUMMARY),
            "findings": findings,
            "files_changed": report.files_changed[:FAILURES],
            "relevant": report.relevant[:FINDINGS],
            "plan": tuple(_shortened(step) for step in report.plan[:FINDINGS]),
            "tests": _bounded(report.tests) if report.tests else None,
            "question": clipped(report.question, SUMMARY) if report.question else None,
        }
    )


def _shortened(step: PlanStep) -> PlanStep:
    texts = {name: clipped(getattr(step, name), FINDING) for name in ("does", "criterion", "check")}
    return step.model_copy(update=texts)


def _bounded(tests: TestReport) -> TestReport:
    failures = tuple(
        failed.model_copy(update={"message": clipped(failed.message, FINDING)})
        for failed in tests.failures[:FAILURES]
    )
    return tests.model_copy(
        update={"failures": failures, "output_tail": clipped(tests.output_tail, SUMMARY)}
    )
