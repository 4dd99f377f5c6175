"""Events → `agent_executions`: one row for an agent in a phase and round."""

from typing import Any

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert

from contracts.agents import AgentStatus, Usage
from contracts.events import AgentBlocked, AgentCompleted, AgentFailed, AgentSpawned
from contracts.ledger import ChainedEvent
from db.models import AgentExecution
from db.projections.scope import Scope

KEY = ("orchestration_id", "phase", "round", "agent_name")


async def apply(scope: Scope, chained: ChainedEvent) -> None:
    match chained.event:
        case AgentSpawned() as spawned:
            await _spawn(scope, chained, spawned)
        case AgentCompleted() as done:
            result = {
                "summary": done.summary,
                "findings": list(done.findings),
                "files_changed": done.files_changed,
            }
            await _end(scope, chained, done, {"status": AgentStatus.COMPLETED, "result": result})
        case AgentBlocked() as blocked:
            result = {"question": blocked.question}
            await _end(scope, chained, blocked, {"status": AgentStatus.BLOCKED, "result": result})
        case AgentFailed() as failed:
            status = AgentStatus.CANCELLED if failed.cancelled else AgentStatus.FAILED
            error = {"error_type": failed.error_type, "error_message": failed.error_message}
            await _end(scope, chained, failed, {"status": status, **error})
        case _:
            pass


async def _spawn(scope: Scope, chained: ChainedEvent, spawned: AgentSpawned) -> None:
    """An agent that was blocked and got its answer takes its own row up again."""
    again = {
        "status": AgentStatus.RUNNING,
        "started_at": chained.timestamp,
        "completed_at": None,
        "duration": None,
        "runner": spawned.runner,
        "input": {"step": spawned.step, "base_commit": spawned.base_commit},
        "result": None,
        "error_type": None,
        "error_message": None,
    }
    row = {
        **scope.columns(chained, "execution"),
        "phase": chained.phase,
        "round": spawned.round,
        "agent_name": chained.agent_name,
        "tokens_in": 0,
        "tokens_out": 0,
        "cost": 0,
        **again,
    }
    statement = insert(AgentExecution).values(**row)
    await scope.session.execute(
        statement.on_conflict_do_update(index_elements=list(KEY), set_=again)
    )


async def _end(
    scope: Scope,
    chained: ChainedEvent,
    ended: AgentCompleted | AgentBlocked | AgentFailed,
    values: dict[str, Any],
) -> None:
    statement = (
        update(AgentExecution)
        .where(
            AgentExecution.orchestration_id == scope.orchestration_id,
            AgentExecution.phase == chained.phase,
            AgentExecution.round == ended.round,
            AgentExecution.agent_name == chained.agent_name,
        )
        .values(
            completed_at=chained.timestamp,
            duration=ended.duration,
            output_id=ended.output_id,
            **_used(ended.usage),
            **values,
        )
    )
    await scope.session.execute(statement)


def _used(usage: Usage) -> dict[str, Any]:
    return {
        "tokens_in": AgentExecution.tokens_in + usage.tokens_in,
        "tokens_out": AgentExecution.tokens_out + usage.tokens_out,
        "cost": AgentExecution.cost + usage.cost,
        "provider": usage.provider,
        "model": usage.model,
    }
