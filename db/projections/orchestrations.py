"""Events → the row of `orchestrations`."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Executable
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
from db.projections.writes import Row, Write

TABLE = Orchestration.metadata.tables[Orchestration.__tablename__]
KEPT_OR_SET = ("status", "current_phase", "branch", "commit_sha", "completed_at", "failure")
MOVED = ("run_id", "last_sequence", "last_hash")

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

FOLLOW = (
    "UPDATE orchestrations o SET "
    + ", ".join(f"{name} = coalesce(r.{name}, o.{name})" for name in KEPT_OR_SET)
    + ", "
    + ", ".join(f"{name} = r.{name}" for name in MOVED)
    + ", duration = coalesce(r.completed_at - o.started_at, o.duration), "
    "tokens = o.tokens + r.tokens, cost = o.cost + r.cost, updated_at = now() "
    "FROM head, {r} WHERE o.id = head.id RETURNING o.project_id, o.status, o.current_phase"
)


def follow(run_id: UUID, events: Sequence[ChainedEvent]) -> Write:
    """One change of the row for the whole batch. Answers with what it shows then."""
    row: Row = {"tokens": 0, "cost": Decimal(0)}
    for chained in events:
        row |= _changes(chained)
        if isinstance(chained.event, AgentCompleted | AgentFailed | AgentBlocked):
            used = chained.event.usage
            row["tokens"] += used.tokens_in + used.tokens_out
            row["cost"] += used.cost
    row |= {"run_id": run_id, "last_sequence": events[-1].sequence, "last_hash": events[-1].hash}
    return Write(Orchestration, FOLLOW, [row])


def creation(scope: Scope, run_id: UUID, events: Sequence[ChainedEvent]) -> Executable | None:
    """What makes the row, when the batch begins with the orchestration's start. It has its newest
    status at once: an old attempt that is made anew may never seem to be running."""
    first, started = events[0], events[0].event
    if not isinstance(started, OrchestrationStarted):
        return None
    values = {**FRESH, **_frozen(started)}
    for chained in events:
        values |= {name: value for name, value in _changes(chained).items() if name == "status"}
    values |= {"organization_id": scope.organization_id, "run_id": run_id}
    values |= {"started_at": first.timestamp, "last_sequence": first.sequence}
    values |= {"last_hash": first.hash}
    statement = insert(TABLE).values(id=scope.orchestration_id, **values)
    return statement.on_conflict_do_update(index_elements=[TABLE.c.id], set_=values)


def _frozen(started: OrchestrationStarted) -> dict[str, Any]:
    return {
        "project_id": started.project_id,
        "issue_key": started.ticket.key,
        "project_key": started.ticket.project_key,
        "attempt": started.attempt,
        "workflow_id": started.workflow_id,
        "current_phase": started.playbook.phases[0].phase,
        "requested_by": started.requested_by,
        "branch": started.branch,
        "budget": {},
        "metadata": {
            "title": started.ticket.title,
            "ticket_hash": started.ticket_hash,
            "playbook": started.playbook.name,
            "base_commit": started.base_commit,
        },
    }


def _changes(chained: ChainedEvent) -> dict[str, Any]:
    match chained.event:
        case PhaseStarted():
            return {"current_phase": chained.phase}
        case CommitCreated() as created:
            return {"commit_sha": created.commit, "branch": created.branch}
        case RunReset() as reset:
            return {"branch": reset.branch}
        case OrchestrationPaused():
            return {"status": OrchestrationStatus.PAUSED}
        case OrchestrationResumed():
            return {"status": OrchestrationStatus.ACTIVE}
        case OrchestrationCompleted():
            return {"status": OrchestrationStatus.COMPLETED, "completed_at": chained.timestamp}
        case OrchestrationFailed() as failed:
            failure = f"{failed.error_type}: {failed.reason}"
            closed = {"status": OrchestrationStatus.FAILED, "completed_at": chained.timestamp}
            return {**closed, "failure": failure}
        case OrchestrationCancelled():
            return {"status": OrchestrationStatus.CANCELLED, "completed_at": chained.timestamp}
        case _:
            return {}
