"""What a gate asks about: the subject of a decision, in whose name, and how risky it is."""

from contracts.gates import AskedBy, Guarded
from contracts.jira_work import WorkOrder
from contracts.orchestrations import Opening
from contracts.phases import Phase
from contracts.risk import RiskQuestion
from workflows.progress import Progress


def asked_by(order: WorkOrder, opening: Opening) -> AskedBy:
    return AskedBy(
        organization=order.organization,
        orchestration_id=opening.orchestration_id,
        issue_key=order.issue_key,
        requester=order.requested_by,
    )


def guarded(order: WorkOrder, progress: Progress, phase: Phase, note: str) -> Guarded:
    opening = progress.opening
    return Guarded(
        by=asked_by(order, opening),
        phase=phase,
        subject=_subject(opening, progress, phase, note),
        change=RiskQuestion(
            repo_url=opening.repo_url,
            start_commit=opening.start_commit or opening.base_commit,
            commit=progress.commit,
            tests=progress.last_tests,
        ),
    )


def asked_again(work: Guarded, why: str) -> Guarded:
    """Whoever approved it before is to see why their word does not count any more."""
    return work.model_copy(update={"subject": {**work.subject, "asked_again": why}})


def _subject(opening: Opening, progress: Progress, phase: Phase, note: str) -> dict[str, object]:
    """A decision counts for its hash: all of this."""
    said = [one for one in progress.summaries if one.phase is phase]
    return {
        "ticket": opening.ticket.key,
        "ticket_hash": opening.ticket_hash,
        "commit": progress.commit,
        "summary": note,
        "findings": [finding for one in said for finding in one.findings],
        "plan": [step.model_dump(mode="json") for one in said for step in one.plan],
    }
