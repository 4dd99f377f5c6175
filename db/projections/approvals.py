"""Events → `approvals` and `approval_decisions`."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, insert, select, update

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


async def apply(scope: Scope, chained: ChainedEvent) -> None:
    match chained.event:
        case ApprovalRequested() as requested:
            await _request(scope, chained, requested)
        case ApprovalGranted() as granted:
            await _decide(scope, chained, granted, ApprovalStatus.APPROVED)
        case ApprovalRejected() as rejected:
            await _decide(scope, chained, rejected, ApprovalStatus.REJECTED)
        case ApprovalExpired(approval_id=id):
            await _set(scope, id, {"status": ApprovalStatus.EXPIRED})
        case ApprovalVoided(approval_id=id, reason=reason):
            await _set(scope, id, {"status": ApprovalStatus.VOID, "comment": reason})
        case _:
            pass


def ids(condition: ColumnElement[bool]) -> Select[UUID]:
    return select(Approval.id).where(condition)


async def _request(scope: Scope, chained: ChainedEvent, requested: ApprovalRequested) -> None:
    row = {
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
    await scope.session.execute(insert(Approval).values(**row))


async def _decide(
    scope: Scope,
    chained: ChainedEvent,
    decided: ApprovalGranted | ApprovalRejected,
    status: ApprovalStatus,
) -> None:
    row = {
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
    await scope.session.execute(insert(ApprovalDecision).values(**row))
    settled = {
        "status": status,
        "responded_at": chained.timestamp,
        "comment": decided.comment or None,
    }
    await _set(scope, decided.approval_id, settled)


async def _set(scope: Scope, id: UUID, values: dict[str, Any]) -> None:
    await scope.session.execute(update(Approval).where(Approval.id == id).values(**values))
