"""What speaks against a decision, whoever made it."""

from dataclasses import dataclass
from uuid import UUID

from contracts.approvals import Decision, DecisionKind, Objection, Refusal


@dataclass(frozen=True)
class RequestState:
    """Of a request. `subject_hash` is None once what it shows has changed."""

    subject_hash: str | None
    decided: bool


def objection_to(
    decision: Decision, approval_id: UUID, gate: str, standing: RequestState
) -> Objection | None:
    elsewhere = decision.approval_id not in (None, approval_id)
    if decision.gate not in (None, gate) or elsewhere:
        why = f"this is not what {gate} asks now"
        return Objection(refusal=Refusal.UNKNOWN_APPROVAL, reason=why)
    if standing.decided:
        return Objection(refusal=Refusal.ALREADY_DECIDED, reason=f"{gate} is decided already")
    shown = standing.subject_hash
    if shown is None or decision.subject_hash not in (None, shown):
        why = "what you saw has changed since: look at it again"
        return Objection(refusal=Refusal.SUBJECT_CHANGED, reason=why)
    if decision.decision is not DecisionKind.APPROVE and not decision.comment.strip():
        why = "say why, so that the next round can be better"
        return Objection(refusal=Refusal.COMMENT_NEEDED, reason=why)
    return None
