"""How much of an agent's report is kept: it travels through histories and headers."""

from contracts.agents import PlanStep, Report, TestReport
from contracts.text import clipped

SUMMARY = 2_000
FINDINGS = 20
FINDING = 500
FAILURES = 50
# Later agents and checkpoints carry these of all agents together: two megabytes are Temporal's end.
LISTS, MOST = ("findings", "relevant", "plan"), 60_000
LEFT_OUT = "… and more that was too long to be kept here"


def bounded(report: Report) -> Report:
    """The report with long texts cut, and said to be cut. The whole output is kept elsewhere."""
    findings = tuple(clipped(finding, FINDING) for finding in report.findings[:FINDINGS])
    if len(report.findings) > FINDINGS:
        findings += (f"… and {len(report.findings) - FINDINGS} more findings",)
    cut = report.model_copy(
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
    return _fitting(cut)


def _fitting(report: Report) -> Report:
    """Without the ends of its longest lists, as far as they are too much in bytes."""
    cut = report
    while sum(sizes := [_size(cut, name) for name in LISTS]) > MOST:
        longest = LISTS[sizes.index(max(sizes))]
        cut = cut.model_copy(update={longest: getattr(cut, longest)[:-1]})
    if cut is report:
        return report
    return cut.model_copy(update={"findings": (*cut.findings, LEFT_OUT)})


def _size(report: Report, name: str) -> int:
    return len(report.model_dump_json(include={name}).encode())


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
