"""Events → `task_outcomes`: what later tickets can learn from."""

from datetime import timedelta

from sqlalchemy import insert, select

from contracts.events import OrchestrationCompleted, OrchestrationFailed
from contracts.events.orchestrations import Outcome
from contracts.ledger import ChainedEvent
from db.models import Orchestration, TaskOutcome
from db.projections.scope import Scope


async def apply(scope: Scope, chained: ChainedEvent) -> None:
    match chained.event:
        case OrchestrationCompleted(outcome=outcome):
            await _record(scope, chained, outcome, success=True)
        case OrchestrationFailed(outcome=Outcome() as outcome):
            await _record(scope, chained, outcome, success=False)
        case _:
            pass


async def _record(scope: Scope, chained: ChainedEvent, outcome: Outcome, *, success: bool) -> None:
    statement = select(Orchestration.issue_key, Orchestration.started_at).where(
        Orchestration.id == scope.orchestration_id
    )
    issue_key, started_at = (await scope.session.execute(statement)).one()
    duration: timedelta = chained.timestamp - started_at
    row = {
        **scope.columns(chained, "outcome"),
        "issue_key": issue_key,
        "issue_type": outcome.issue_type,
        "success": success,
        "duration": duration,
        "agents_used": list(outcome.agents_used),
        "tests_passed": outcome.tests_passed,
        "bug_count": outcome.bug_count,
        "rework_count": outcome.rework_count,
        "learnings": {"summary": outcome.summary},
        "timestamp": chained.timestamp,
    }
    await scope.session.execute(insert(TaskOutcome).values(**row))
