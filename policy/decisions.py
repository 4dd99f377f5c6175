"""Which request a decision that came by webhook is about."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from contracts.approvals import CODE_LENGTH
from contracts.commands import Decide
from policy.comment_commands import DECISIONS

# Providers cut their times to seconds, and no two clocks agree.
SKEW = timedelta(seconds=2)
WORDS = {kind: word for word, kind in DECISIONS.items()}


@dataclass(frozen=True)
class PendingApproval:
    id: UUID
    gate: str
    subject_hash: str
    commit: str | None
    requested_at: datetime

    @property
    def code(self) -> str:
        return self.subject_hash[:CODE_LENGTH]

    @property
    def plan(self) -> dict[str, str]:
        """What a decision on it must name."""
        return {"approval_id": str(self.id), "subject_hash": self.subject_hash}


def _names_nothing(decide: Decide) -> bool:
    place = decide.about.place
    named = (decide.code, decide.commit, decide.approval_id)
    return place is not None and place.number is not None and not any(named)


def misses(decide: Decide, pending: PendingApproval | None) -> str | None:
    """Why it isn't about what is asked now; None when it is. Nothing that was said of something
    else, or before anybody asked, may decide."""
    if pending is None:
        return "nothing is asked at the moment"
    if decide.approval_id not in (None, pending.id):
        return f"it was about an earlier request than {pending.gate}"
    if _names_nothing(decide):
        return (
            f"anybody may name a ticket in a pull request, so what is said there must name the "
            f"request: /{WORDS[decide.decision]} {pending.code}, or a review"
        )
    if decide.code is not None and not pending.subject_hash.startswith(decide.code):
        return f"its code {decide.code} is not that of {pending.gate}"
    if decide.commit is not None and not (pending.commit or "").startswith(decide.commit):
        return f"it is a review of {decide.commit[:12]}, not of what {pending.gate} asks about"
    if decide.at + SKEW < pending.requested_at:
        return f"it was said before {pending.gate} was asked"
    return None
