"""Events → `agent_executions`: one row for an agent in a phase and round."""

from collections.abc import Sequence
from decimal import Decimal

from contracts.agents import AgentStatus
from contracts.events import AgentBlocked, AgentCompleted, AgentFailed, AgentSpawned
from contracts.ledger import ChainedEvent
from db.models import AgentExecution
from db.projections.scope import Scope
from db.projections.writes import Row, Write, insertion

Ended = AgentCompleted | AgentBlocked | AgentFailed

KEY = ("orchestration_id", "phase", "round", "agent_name")
BEGUN = ("runner", "input", "started_at")
ENDED = (
    *("status", "result", "error_type", "error_message", "completed_at", "duration"),
    *("provider", "model", "output_id"),
)
ADDED = ("tokens_in", "tokens_out", "cost")

_added = [f"{name} = a.{name} + excluded.{name}" for name in ADDED]
_begun = [f"{name} = excluded.{name}" for name in (*BEGUN, *ENDED)]
SPAWN = insertion(
    AgentExecution,
    ("id", "organization_id", *KEY, *BEGUN, *ENDED, *ADDED),
    f"ON CONFLICT ({', '.join(KEY)}) DO UPDATE SET {', '.join([*_begun, *_added])}, "
    "updated_at = now()",
).replace("agent_executions (", "agent_executions AS a (")
END = (
    f"UPDATE agent_executions a SET {', '.join(f'{name} = r.{name}' for name in ENDED)}, "
    f"{', '.join(f'{name} = a.{name} + r.{name}' for name in ADDED)}, updated_at = now() "
    f"FROM head, {{r}} WHERE {' AND '.join(f'a.{name} = r.{name}' for name in KEY)}"
)

Executions = dict[tuple[object, ...], Row]


def writes(scope: Scope, events: Sequence[ChainedEvent]) -> list[Write]:
    """What happened to an agent's row within the batch is one change of it."""
    spawned: Executions = {}
    ended: Executions = {}
    for chained in events:
        match chained.event:
            case AgentSpawned() as event:
                _spawn(spawned, ended, _spawned(scope, chained, event))
            case AgentCompleted() | AgentBlocked() | AgentFailed() as event:
                _end(spawned, ended, _ended(scope, chained, event))
            case _:
                pass
    return [
        Write(AgentExecution, SPAWN, list(spawned.values())),
        Write(AgentExecution, END, list(ended.values())),
    ]


def _spawn(spawned: Executions, ended: Executions, row: Row) -> None:
    """An agent that was blocked and got its answer takes its own row up again: what it used
    before still counts."""
    key = _key(row)
    before = spawned.get(key) or ended.pop(key, None)
    if before is not None:
        row |= {name: before[name] for name in ADDED}
    if key in spawned:
        row["id"] = spawned[key]["id"]
    spawned[key] = row


def _end(spawned: Executions, ended: Executions, row: Row) -> None:
    key = _key(row)
    rows = spawned if key in spawned else ended
    before = rows.get(key, {})
    used = {name: before.get(name, 0) + row[name] for name in ADDED}
    rows[key] = {**before, **row, **used}


def _key(row: Row) -> tuple[object, ...]:
    return tuple(row[name] for name in KEY)


def _spawned(scope: Scope, chained: ChainedEvent, spawned: AgentSpawned) -> Row:
    return {
        **scope.columns(chained, "execution"),
        **dict.fromkeys(ENDED),
        **dict.fromkeys(ADDED, 0),
        "phase": chained.phase,
        "round": spawned.round,
        "agent_name": chained.agent_name,
        "status": AgentStatus.RUNNING,
        "started_at": chained.timestamp,
        "runner": spawned.runner,
        "input": {"step": spawned.step, "base_commit": spawned.base_commit},
    }


def _ended(scope: Scope, chained: ChainedEvent, ended: Ended) -> Row:
    usage = ended.usage
    return {
        **dict.fromkeys(ENDED),
        "orchestration_id": scope.orchestration_id,
        "phase": chained.phase,
        "round": ended.round,
        "agent_name": chained.agent_name,
        "completed_at": chained.timestamp,
        "duration": ended.duration,
        "output_id": ended.output_id,
        "provider": usage.provider,
        "model": usage.model,
        "tokens_in": usage.tokens_in,
        "tokens_out": usage.tokens_out,
        "cost": Decimal(usage.cost),
        **_said(ended),
    }


def _said(ended: Ended) -> Row:
    match ended:
        case AgentCompleted():
            result = {
                "summary": ended.summary,
                "findings": ended.findings,
                "files_changed": ended.files_changed,
            }
            return {"status": AgentStatus.COMPLETED, "result": result}
        case AgentBlocked():
            return {"status": AgentStatus.BLOCKED, "result": {"question": ended.question}}
        case AgentFailed():
            status = AgentStatus.CANCELLED if ended.cancelled else AgentStatus.FAILED
            error = {"error_type": ended.error_type, "error_message": ended.error_message}
            return {"status": status, **error}
