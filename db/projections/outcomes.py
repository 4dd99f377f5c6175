"""Events → `task_outcomes`: what later tickets can learn from."""

from collections.abc import Sequence

from contracts.events import (
    OrchestrationCancelled,
    OrchestrationCompleted,
    OrchestrationFailed,
)
from contracts.events.orchestrations import Outcome
from contracts.ledger import ChainedEvent
from db.models import TaskOutcome
from db.projections.scope import Scope
from db.projections.writes import Row, Write
from policy.patterns import pattern_id

COLUMNS = (
    *("id", "organization_id", "orchestration_id", "issue_type", "success", "agents_used"),
    *("tests_passed", "bug_count", "rework_count", "learnings", '"timestamp"', "pattern_id"),
)
RECORD = (
    f"INSERT INTO task_outcomes ({', '.join(COLUMNS)}, issue_key, duration) "
    f"SELECT {', '.join(f'r.{name}' for name in COLUMNS)}, "
    'head.issue_key, r."timestamp" - head.started_at FROM head, {r}'
)


def writes(scope: Scope, events: Sequence[ChainedEvent]) -> list[Write]:
    rows = [
        _row(scope, chained, outcome)
        for chained in events
        if (outcome := outcome_of(chained)) is not None
    ]
    return [Write(TaskOutcome, RECORD, rows)]


def outcome_of(chained: ChainedEvent) -> Outcome | None:
    match chained.event:
        case OrchestrationCompleted(outcome=outcome):
            return outcome
        case OrchestrationFailed(outcome=outcome) | OrchestrationCancelled(outcome=outcome):
            return outcome
        case _:
            return None


def _row(scope: Scope, chained: ChainedEvent, outcome: Outcome) -> Row:
    signature = outcome.signature
    return {
        **scope.columns(chained, "outcome"),
        "issue_type": outcome.issue_type,
        "success": isinstance(chained.event, OrchestrationCompleted),
        "agents_used": outcome.agents_used,
        "tests_passed": outcome.tests_passed,
        "bug_count": outcome.bug_count,
        "rework_count": outcome.rework_count,
        "learnings": _learnings(chained, outcome),
        "pattern_id": pattern_id(scope.organization_id, signature) if signature else None,
        "timestamp": chained.timestamp,
    }


def _learnings(chained: ChainedEvent, outcome: Outcome) -> dict[str, str]:
    """`cancelled` is the reason, which may be empty: such a row is no failure (counts.py)."""
    if isinstance(chained.event, OrchestrationCancelled):
        return {"summary": outcome.summary, "cancelled": chained.event.reason}
    return {"summary": outcome.summary}
