"""Events → `agent_executions`: one row for an agent in a phase and round."""

from typing import Any

from sqlalchemy import bindparam, update
from sqlalchemy.dialects.postgresql import insert

from contracts.agents import AgentStatus
from contracts.events import AgentBlocked, AgentCompleted, AgentFailed, AgentSpawned
from contracts.ledger import ChainedEvent
from db.models import AgentExecution
from db.projections.scope import Scope, table_of

TABLE = table_of(AgentExecution)
KEY = ("orchestration_id", "phase", "round", "agent_name")
ENDED = ("status", "result", "error_type", "error_message", "completed_at", "duration")
USED = ("provider", "model", "output_id")
AGAIN = ("status", "started_at", "completed_at", "duration", "runner", "input")
FORGOTTEN = ("result", "error_type", "error_message")

_insert = insert(TABLE)
SPAWN = _insert.on_conflict_do_update(
    index_elements=list(KEY),
    set_={name: _insert.excluded[name] for name in (*AGAIN, *FORGOTTEN)},
)
END = (
    update(TABLE)
    .where(*(TABLE.c[name] == bindparam(f"the_{name}") for name in KEY))
    .values(
        {
            **{name: bindparam(name) for name in (*ENDED, *USED)},
            **{
                name: TABLE.c[name] + bindparam(f"more_{name}")
                for name in ("tokens_in", "tokens_out", "cost")
            },
        }
    )
)


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
    row = {
        **scope.columns(chained, "execution"),
        **dict.fromkeys((*AGAIN, *FORGOTTEN)),
        "phase": chained.phase,
        "round": spawned.round,
        "agent_name": chained.agent_name,
        "status": AgentStatus.RUNNING,
        "started_at": chained.timestamp,
        "runner": spawned.runner,
        "input": {"step": spawned.step, "base_commit": spawned.base_commit},
        "tokens_in": 0,
        "tokens_out": 0,
        "cost": 0,
    }
    await scope.session.execute(SPAWN, row)


async def _end(
    scope: Scope,
    chained: ChainedEvent,
    ended: AgentCompleted | AgentBlocked | AgentFailed,
    values: dict[str, Any],
) -> None:
    usage = ended.usage
    row = {
        **dict.fromkeys(ENDED),
        "completed_at": chained.timestamp,
        "duration": ended.duration,
        "output_id": ended.output_id,
        "provider": usage.provider,
        "model": usage.model,
        "more_tokens_in": usage.tokens_in,
        "more_tokens_out": usage.tokens_out,
        "more_cost": usage.cost,
        "the_orchestration_id": scope.orchestration_id,
        "the_phase": chained.phase,
        "the_round": ended.round,
        "the_agent_name": chained.agent_name,
        **values,
    }
    await scope.session.execute(END, row)
