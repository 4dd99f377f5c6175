"""Events → the row of `orchestrations`."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from contracts.events import (
    AgentBlocked,
    AgentCompleted,
    AgentFailed,
    CommitCreated,
    OrchestrationCancelled,
    OrchestrationCompleted,
    OrchestrationFailed,
    OrchestrationPaused,
    OrchestrationResumed,
    OrchestrationStarted,
    PhaseStarted,
    RunReset,
)
from contracts.ledger import ChainedEvent
from contracts.orchestrations import OrchestrationStatus
from db.models import Orchestration
from db.projections.scope import Scope

# The table itself: in values, its column `metadata` goes by a name that models reserve.
TABLE = Orchestration.metadata.tables[Orchestration.__tablename__]

# A run starts with these, whatever an earlier branch of its ledger made of them.
FRESH: dict[str, Any] = {
    "status": OrchestrationStatus.ACTIVE,
    "commit_sha": None,
    "completed_at": None,
    "duration": None,
    "tokens": 0,
    "cost": Decimal(0),
    "failure": None,
}


async def apply(scope: Scope, run_id: UUID, events: Sequence[ChainedEvent]) -> None:
    """One write for the whole batch."""
    first = events[0].event
    if isinstance(first, OrchestrationStarted):
        await _create(scope, run_id, events[0], first)
    row = await _counters(scope)
    changes: dict[str, Any] = {}
    for event in events:
        changes |= _changes(event, {**row, **changes})
    last = events[-1]
    changes |= {"run_id": run_id, "last_sequence": last.sequence, "last_hash": last.hash}
    await scope.session.execute(
        update(Orchestration).where(Orchestration.id == scope.orchestration_id).values(**changes)
    )


async def _create(
    scope: Scope, run_id: UUID, event: ChainedEvent, started: OrchestrationStarted
) -> None:
    values = {
        **FRESH,
        "organization_id": scope.organization_id,
        "project_id": started.project_id,
        "issue_key": started.ticket.key,
        "project_key": started.ticket.project_key,
        "attempt": started.attempt,
        "workflow_id": started.workflow_id,
        "run_id": run_id,
        "current_phase": started.playbook.phases[0].phase,
        "requested_by": started.requested_by,
        "branch": started.branch,
        "started_at": event.timestamp,
        "budget": {},
        "last_sequence": event.sequence,
        "last_hash": event.hash,
        "metadata": {
            "title": started.ticket.title,
            "ticket_hash": started.ticket_hash,
            "playbook": started.playbook.name,
            "base_commit": started.base_commit,
        },
    }
    statement = insert(TABLE).values(id=scope.orchestration_id, **values)
    await scope.session.execute(
        statement.on_conflict_do_update(index_elements=[TABLE.c.id], set_=values)
    )


async def _counters(scope: Scope) -> dict[str, Any]:
    statement = select(Orchestration.started_at, Orchestration.tokens, Orchestration.cost).where(
        Orchestration.id == scope.orchestration_id
    )
    return dict((await scope.session.execute(statement)).one()._mapping)


def _changes(chained: ChainedEvent, row: dict[str, Any]) -> dict[str, Any]:
    match chained.event:
        case PhaseStarted():
            return {"current_phase": chained.phase}
        case CommitCreated() as created:
            return {"commit_sha": created.commit, "branch": created.branch}
        case RunReset() as reset:
            return {"branch": reset.branch}
        case AgentCompleted() | AgentFailed() | AgentBlocked() as ended:
            used = ended.usage
            tokens = row["tokens"] + used.tokens_in + used.tokens_out
            return {"tokens": tokens, "cost": row["cost"] + used.cost}
        case OrchestrationPaused():
            return {"status": OrchestrationStatus.PAUSED}
        case OrchestrationResumed():
            return {"status": OrchestrationStatus.ACTIVE}
        case OrchestrationCompleted():
            return _ended(OrchestrationStatus.COMPLETED, chained.timestamp, row)
        case OrchestrationFailed() as failed:
            closed = _ended(OrchestrationStatus.FAILED, chained.timestamp, row)
            return {**closed, "failure": f"{failed.error_type}: {failed.reason}"}
        case OrchestrationCancelled():
            return _ended(OrchestrationStatus.CANCELLED, chained.timestamp, row)
        case _:
            return {}


def _ended(status: OrchestrationStatus, at: datetime, row: dict[str, Any]) -> dict[str, Any]:
    return {"status": status, "completed_at": at, "duration": at - row["started_at"]}
