"""The lines of a story, one for each phase in a round: begun, judged and ended."""

from datetime import datetime

from contracts.approvals import DecisionKind
from contracts.events import ApprovalRejected
from contracts.identity import Actor
from contracts.jira_work import PhaseProgress
from contracts.phases import Phase, PhaseStatus, Shortfall
from contracts.text import MAX_COMMENT, clipped


def begin(lines: list[PhaseProgress], phase: Phase, number: int, at: datetime) -> None:
    running = PhaseStatus.RUNNING
    lines.append(PhaseProgress(phase=phase, round=number, status=running, started_at=at))


def end(lines: list[PhaseProgress], status: PhaseStatus, at: datetime, note: str) -> None:
    """Of a phase that was sent back, whoever did that has said more than it can itself."""
    if not lines:
        return
    last = lines[-1]
    if status is PhaseStatus.COMPLETED and last.shortfall is not None:
        red = last.shortfall is Shortfall.RED
        note = clipped(f"red: {note}" if red else last.note, MAX_COMMENT)
    ended = {"status": status, "completed_at": at, "note": note}
    lines[-1] = last.model_copy(update=ended)


def tests_ended(lines: list[PhaseProgress], *, green: bool) -> None:
    """The last run of the tests counts: what comes next goes by it, too."""
    if lines:
        judged = {"shortfall": None if green else Shortfall.RED}
        lines[-1] = lines[-1].model_copy(update=judged)


def send_back(
    lines: list[PhaseProgress], phase: Phase | None, said: ApprovalRejected, by: Actor
) -> None:
    """What the phase came to the last time. It may have been done long ago: an approval that is
    void is asked again. That a phase was left out is nothing that is done."""
    at = next((n for n in reversed(range(len(lines))) if lines[n].phase is phase), None)
    if at is None or lines[at].status is PhaseStatus.SKIPPED:
        return
    again = said.decision is DecisionKind.REQUEST_CHANGES
    done = "sent back" if again else "rejected"
    why = f": {said.comment}" if said.comment.strip() else ""
    judged = {
        "shortfall": Shortfall.SENT_BACK if again else Shortfall.REJECTED,
        "note": clipped(f"{done} by {by.email or by.id}{why}", MAX_COMMENT),
    }
    lines[at] = lines[at].model_copy(update=judged)
