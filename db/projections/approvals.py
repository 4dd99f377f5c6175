"""Events → `approvals` and `approval_decisions`."""

from collections.abc import Sequence
from uuid import UUID

from contracts.approvals import ApprovalStatus
from contracts.events import (
    ApprovalExpired,
    ApprovalGranted,
    ApprovalRejected,
    ApprovalRequested,
    ApprovalVoided,
)
from contracts.ledger import ChainedEvent
from db.models import Approval, ApprovalDecision
from db.projections.scope import Scope
from db.projections.writes import Row, Write, insertion

SETTLED = ("status", "responded_at", "comment")
ASKED = (
    *("id", "organization_id", "orchestration_id", "gate", "revision", "approval_type"),
    *("subject_hash", "subject", "policy", "level", "requested_at", "expires_at"),
)
DECIDED = (
    *("id", "organization_id", "approval_id", "level", "approver_id", "decision", "comment"),
    *("channel", "verified", "decided_at"),
)
REQUEST = insertion(Approval, (*ASKED, *SETTLED))
DECIDE = insertion(ApprovalDecision, DECIDED)
SETTLE = (
    f"UPDATE approvals a SET {', '.join(f'{name} = r.{name}' for name in SETTLED)}, "
    "updated_at = now() FROM head, {r} WHERE a.id = r.id"
)


def writes(scope: Scope, events: Sequence[ChainedEvent]) -> list[Write]:
    """What is asked and settled within the batch is one row from the start."""
    asked: dict[UUID, Row] = {}
    settled: dict[UUID, Row] = {}
    decisions = []
    for chained in events:
        match chained.event:
            case ApprovalRequested() as requested:
                asked[requested.approval_id] = _asked(scope, chained, requested)
            case ApprovalGranted() | ApprovalRejected() as decided:
                decisions.append(_decided(scope, chained, decided))
            case _:
                pass
        change = _settled(chained)
        if change is not None:
            rows = asked if change["id"] in asked else settled
            rows[change["id"]] = rows.get(change["id"], {}) | change
    return [
        Write(Approval, REQUEST, list(asked.values())),
        Write(Approval, SETTLE, list(settled.values())),
        Write(ApprovalDecision, DECIDE, decisions),
    ]


def _asked(scope: Scope, chained: ChainedEvent, requested: ApprovalRequested) -> Row:
    return {
        **dict.fromkeys(SETTLED),
        "id": requested.approval_id,
        "organization_id": scope.organization_id,
        "orchestration_id": scope.orchestration_id,
        "gate": requested.gate.name,
        "revision": requested.revision,
        "approval_type": "gate",
        "subject_hash": requested.subject_hash,
        "subject": requested.subject,
        "policy": requested.gate.model_dump(mode="json"),
        "level": 1,
        "status": ApprovalStatus.PENDING,
        "requested_at": chained.timestamp,
        "expires_at": requested.expires_at,
    }


def _decided(
    scope: Scope, chained: ChainedEvent, decided: ApprovalGranted | ApprovalRejected
) -> Row:
    return {
        "id": scope.id_for(chained, "decision"),
        "organization_id": scope.organization_id,
        "approval_id": decided.approval_id,
        "level": 1,
        "approver_id": decided.approver_id,
        "decision": decided.decision,
        "comment": decided.comment or None,
        "channel": decided.channel,
        "verified": decided.verified,
        "decided_at": chained.timestamp,
    }


def _settled(chained: ChainedEvent) -> Row | None:
    match chained.event:
        case ApprovalGranted() as granted:
            return _answered(chained, granted, ApprovalStatus.APPROVED)
        case ApprovalRejected() as rejected:
            return _answered(chained, rejected, ApprovalStatus.REJECTED)
        case ApprovalExpired(approval_id=id):
            return {"id": id, "status": ApprovalStatus.EXPIRED}
        case ApprovalVoided(approval_id=id, reason=reason):
            return {"id": id, "status": ApprovalStatus.VOID, "comment": reason}
        case _:
            return None


def _answered(
    chained: ChainedEvent, decided: ApprovalGranted | ApprovalRejected, status: ApprovalStatus
) -> Row:
    return {
        "id": decided.approval_id,
        "status": status,
        "responded_at": chained.timestamp,
        "comment": decided.comment or None,
    }
