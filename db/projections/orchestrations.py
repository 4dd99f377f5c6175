"""Events → the row of `orchestrations`."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, func, update
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
from db.projections.scope import Scope, Shown, table_of

TABLE = table_of(Orchestration)
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

# Built once: what is built anew at each call costs more than what Postgres does with it.
FOLLOW = (
    update(TABLE)
    .where(TABLE.c.id == bindparam("orchestration"))
    .values(
        {
            **{
                name: func.coalesce(bindparam(name, type_=TABLE.c[name].type), TABLE.c[name])
                for name in KEPT_OR_SET
            },
            **{name: bindparam(name) for name in MOVED},
            "duration": func.coalesce(
                bindparam("completed_at", type_=TABLE.c.completed_at.type) - TABLE.c.started_at,
                TABLE.c.duration,
            ),
            "tokens": TABLE.c.tokens + bindparam("more_tokens"),
            "cost": TABLE.c.cost + bindparam("more_cost"),
        }
    )
    .returning(TABLE.c.project_id, TABLE.c.status)
)


async def apply(scope: Scope, run_id: UUID, events: Sequence[ChainedEvent]) -> Shown:
    """One write for the whole batch."""
    first, last = events[0].event, events[-1]
    changes: dict[str, Any] = dict.fromkeys(KEPT_OR_SET)
    tokens, cost = 0, Decimal(0)
    for event in events:
        changes |= _changes(event)
        if isinstance(event.event, AgentCompleted | AgentFailed | AgentBlocked):
            used = event.event.usage
            tokens, cost = tokens + used.tokens_in + used.tokens_out, cost + used.cost
    if isinstance(first, OrchestrationStarted):
        # At once with its newest status: an old attempt made anew may never seem to be running.
        status = changes["status"] or OrchestrationStatus.ACTIVE
        await _create(scope, run_id, events[0], {**_frozen(first), "status": status})
    changes |= {"run_id": run_id, "last_sequence": last.sequence, "last_hash": last.hash}
    changes |= {"more_tokens": tokens, "more_cost": cost, "orchestration": scope.orchestration_id}
    return Shown(*(await scope.session.execute(FOLLOW, changes)).one())


async def _create(scope: Scope, run_id: UUID, event: ChainedEvent, frozen: dict[str, Any]) -> None:
    values = {
        **FRESH,
        **frozen,
        "organization_id": scope.organization_id,
        "run_id": run_id,
        "started_at": event.timestamp,
        "last_sequence": event.sequence,
        "last_hash": event.hash,
    }
    statement = insert(TABLE).values(id=scope.orchestration_id, **values)
    await scope.session.execute(
        statement.on_conflict_do_update(index_elements=[TABLE.c.id], set_=values)
    )


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
