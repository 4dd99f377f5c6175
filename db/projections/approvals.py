"""Events → `approvals`, `approval_decisions` and `delegations`."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from contracts.approvals import ApprovalStatus
from contracts.events import (
    ApprovalDelegated,
    ApprovalEscalated,
    ApprovalExpired,
    ApprovalGranted,
    ApprovalRejected,
    ApprovalRequested,
    ApprovalVoided,
)
from contracts.ledger import ChainedEvent
from db.models import Approval, ApprovalDecision, Delegation
from db.projections.scope import Scope
from db.projections.writes import Row, Write, insertion

# What changes after the request, and stays as it is where a change says nothing of it.
CHANGING = ("level", "expires_at", "status", "responded_at", "comment")
ASKED = (
    *("id", "organization_id", "orchestration_id", "gate", "revision", "approval_type"),
    *("subject_hash", "subject", "policy", "requested_at"),
)
DECIDED = (
    *("id", "organization_id", "approval_id", "level", "approver_id", "on_behalf_of", "decision"),
    *("comment", "channel", "verified", "decided_at"),
)
DELEGATED = (
    *("id", "organization_id", "orchestration_id", "from_user_id", "to_user_id", "scope", "until"),
)
REQUEST = insertion(Approval, (*ASKED, *CHANGING))
DECIDE = insertion(ApprovalDecision, DECIDED)
DELEGATE = insertion(Delegation, DELEGATED)
CHANGE = (
    f"UPDATE approvals a SET {', '.join(f'{n} = COALESCE(r.{n}, a.{n})' for n in CHANGING)}, "
    "updated_at = now() FROM head, {r} WHERE a.id = r.id"
)


def writes(scope: Scope, events: Sequence[ChainedEvent]) -> list[Write]:
    """What is asked and changed within the batch is one row from the start."""
    asked: dict[UUID, Row] = {}
    changed: dict[UUID, Row] = {}
    decisions, delegations = [], []
    for chained in events:
        match chained.event:
            case ApprovalRequested(first=True) as requested:
                asked[requested.approval_id] = _asked(scope, chained, requested)
            case ApprovalDelegated() as delegated:
                delegations.append(_delegated(scope, chained, delegated))
            case (ApprovalGranted() | ApprovalRejected()) as decided if decided.approver_id:
                decisions.append(_decided(scope, chained, decided))
            case _:
                pass
        change = _change(chained)
        if change is not None:
            rows = asked if change["id"] in asked else changed
            rows[change["id"]] = rows.get(change["id"], {}) | change
    return [
        Write(Approval, REQUEST, list(asked.values())),
        Write(Approval, CHANGE, list(changed.values())),
        Write(ApprovalDecision, DECIDE, decisions),
        Write(Delegation, DELEGATE, delegations),
    ]


def _asked(scope: Scope, chained: ChainedEvent, requested: ApprovalRequested) -> Row:
    return {
        **dict.fromkeys(CHANGING),
        "id": requested.approval_id,
        "organization_id": scope.organization_id,
        "orchestration_id": scope.orchestration_id,
        "gate": requested.gate.name,
        "revision": requested.revision,
        "approval_type": "gate",
        "subject_hash": requested.subject_hash,
        "subject": requested.subject,
        "policy": requested.gate.model_dump(mode="json"),
        "status": ApprovalStatus.PENDING,
        "requested_at": chained.timestamp,
    }


def _decided(
    scope: Scope, chained: ChainedEvent, decided: ApprovalGranted | ApprovalRejected
) -> Row:
    return {
        "id": scope.id_for(chained, "decision"),
        "organization_id": scope.organization_id,
        "approval_id": decided.approval_id,
        "level": decided.level,
        "approver_id": decided.approver_id,
        "on_behalf_of": decided.on_behalf_of,
        "decision": decided.decision,
        "comment": decided.comment or None,
        "channel": decided.channel,
        "verified": decided.verified,
        "decided_at": chained.timestamp,
    }


def _delegated(scope: Scope, chained: ChainedEvent, delegated: ApprovalDelegated) -> Row:
    return {
        **scope.columns(chained, "delegation"),
        "from_user_id": delegated.from_id,
        "to_user_id": delegated.to_id,
        "scope": delegated.scope,
        "until": delegated.until,
    }


def _change(chained: ChainedEvent) -> Row | None:
    match chained.event:
        case ApprovalRequested() as requested:
            expires_at = requested.expires_at
            return _moved(requested.approval_id, requested.level, expires_at)
        case ApprovalEscalated() as escalated:
            return _moved(escalated.approval_id, escalated.level, escalated.expires_at)
        case ApprovalGranted(settles=True) as granted:
            return _answered(chained, granted, ApprovalStatus.APPROVED)
        case ApprovalRejected() as rejected:
            return _answered(chained, rejected, ApprovalStatus.REJECTED)
        case ApprovalExpired(approval_id=id):
            return {"id": id, "status": ApprovalStatus.EXPIRED}
        case ApprovalVoided(approval_id=id, reason=reason):
            return {"id": id, "status": ApprovalStatus.VOID, "comment": reason}
        case _:
            return None


def _moved(id: UUID, level: int, expires_at: datetime) -> Row:
    return {"id": id, "level": level, "expires_at": expires_at}


def _answered(
    chained: ChainedEvent, decided: ApprovalGranted | ApprovalRejected, status: ApprovalStatus
) -> Row:
    return {
        "id": decided.approval_id,
        "status": status,
        "responded_at": chained.timestamp,
        "comment": decided.comment or None,
    }
