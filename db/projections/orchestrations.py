"""Events → the row of `orchestrations`."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert

from contracts.budgets import Budget
from contracts.events import (
    AgentBlocked,
    AgentCompleted,
    AgentFailed,
    BudgetEscalated,
    BudgetExceeded,
    BudgetRaised,
    BudgetRefused,
    BudgetWithdrawn,
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

BEGUN = (
    *("id", "organization_id", "project_id", "issue_key", "project_key", "attempt"),
    *("workflow_id", "run_id", "status", "current_phase", "requested_by", "branch"),
    *("commit_sha", "started_at", "completed_at", "duration", "tokens", "cost", "budget"),
    *("last_sequence", "last_hash", "failure", "metadata"),
)
_NEW = insert(TABLE)
# Whichever index says so: of two that insert the same row at once, the later may meet the other at
# any of them, and only the indexes that are meant here make it wait instead of fail.
CREATE = _NEW.on_conflict_do_nothing().returning(TABLE.c.id)
RENEW = _NEW.on_conflict_do_update(
    index_elements=[TABLE.c.id], set_={name: _NEW.excluded[name] for name in BEGUN if name != "id"}
)

FOLLOW = (
    "UPDATE orchestrations o SET "
    + ", ".join(f"{name} = coalesce(r.{name}, o.{name})" for name in KEPT_OR_SET)
    + ", "
    + ", ".join(f"{name} = r.{name}" for name in MOVED)
    + ", duration = coalesce(r.completed_at - o.started_at, o.duration), "
    "tokens = o.tokens + r.tokens, cost = o.cost + r.cost, "
    "budget = jsonb_strip_nulls(o.budget || r.budget), updated_at = now() "
    "FROM head, {r} WHERE o.id = head.id RETURNING o.project_id, o.status, o.current_phase"
)


def follow(run_id: UUID, events: Sequence[ChainedEvent]) -> Write:
    """One change of the row for the whole batch. Answers with what it shows then."""
    row: Row = {"tokens": 0, "cost": Decimal(0), "budget": {}}
    for chained in events:
        row |= _changes(chained)
        row["budget"] |= _budget(chained)
        if isinstance(chained.event, AgentCompleted | AgentFailed | AgentBlocked):
            used = chained.event.usage
            row["tokens"] += used.tokens_in + used.tokens_out
            row["cost"] += used.cost
    row |= {"run_id": run_id, "last_sequence": events[-1].sequence, "last_hash": events[-1].hash}
    return Write(Orchestration, FOLLOW, [row])


def first_row(scope: Scope, run_id: UUID, events: Sequence[ChainedEvent]) -> Row:
    """The row as the orchestration's start makes it. It has its newest status at once: an old
    attempt that is made anew may never seem to be running."""
    first, started = events[0], events[0].event
    assert isinstance(started, OrchestrationStarted)
    row: Row = {"id": scope.orchestration_id, **FRESH, **_frozen(started)}
    for chained in events:
        row |= {name: value for name, value in _changes(chained).items() if name == "status"}
    row |= {"organization_id": scope.organization_id, "run_id": run_id}
    row |= {"started_at": first.timestamp, "last_sequence": first.sequence}
    return row | {"last_hash": first.hash}


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
        "budget": _caps(started.playbook.budget),
        "metadata": {
            "title": started.ticket.title,
            "ticket_hash": started.ticket_hash,
            "playbook": started.playbook.name,
            "base_commit": started.base_commit,
        },
    }


def _caps(budget: Budget) -> dict[str, Any]:
    caps = budget.model_dump(mode="json", include={"agent", "orchestration"}, exclude_none=True)
    return {"caps": caps} if any(caps.values()) else {}


def _budget(chained: ChainedEvent) -> dict[str, Any]:
    """`waiting` is what somebody is asked for right now, `granted` all that was raised."""
    match chained.event:
        case BudgetExceeded() as exceeded:
            asked = exceeded.model_dump(mode="json", include={"bound", "reason", "people"})
            since = chained.timestamp.isoformat()
            return {"waiting": {**asked, "whom": exceeded.words(), "since": since}}
        case BudgetEscalated() as escalated:
            asked = escalated.model_dump(mode="json", include={"bound", "reason", "people", "why"})
            since = escalated.since.isoformat()
            return {"waiting": {**asked, "whom": escalated.words(), "since": since}}
        case BudgetRaised(measure=None, granted=granted):
            return {"granted": granted.model_dump(mode="json")}
        case BudgetRaised(granted=granted):
            return {"waiting": None, "granted": granted.model_dump(mode="json")}
        case (
            BudgetRefused()
            | BudgetWithdrawn()
            | OrchestrationCompleted()
            | OrchestrationFailed()
            | OrchestrationCancelled()
        ):
            return {"waiting": None}
        case _:
            return {}


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
