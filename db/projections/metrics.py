"""Events → `orchestration_metrics`."""

from decimal import Decimal
from typing import Any

from sqlalchemy import insert

from contracts.events import AgentCompleted, MetricRecorded, PhaseCompleted, TestRunCompleted
from contracts.ledger import ChainedEvent
from db.models import OrchestrationMetric
from db.projections.scope import Scope, table_of

MEASURE = insert(table_of(OrchestrationMetric))


async def apply(scope: Scope, chained: ChainedEvent) -> None:
    measured = _measured(chained)
    if measured is None:
        return
    row = {
        **scope.columns(chained, "metric"),
        "phase": chained.phase,
        "timestamp": chained.timestamp,
        **measured,
    }
    await scope.session.execute(MEASURE, row)


def _measured(chained: ChainedEvent) -> dict[str, Any] | None:
    """Durations in seconds."""
    match chained.event:
        case PhaseCompleted() as phase:
            seconds = Decimal(str(phase.duration.total_seconds()))
            return {"metric_type": "phase_duration", "value": seconds}
        case TestRunCompleted(report=tests):
            return {
                "metric_type": "tests_passed",
                "value": Decimal(tests.passed),
                "test_coverage": tests.coverage,
                "bug_count": tests.failed,
            }
        case AgentCompleted(usage=usage) if usage.tokens_in or usage.tokens_out or usage.cost:
            tokens = usage.tokens_in + usage.tokens_out
            return {
                "metric_type": "tokens",
                "value": Decimal(tokens),
                "tokens_used": tokens,
                "estimated_cost": usage.cost,
            }
        case MetricRecorded() as metric:
            return metric.model_dump(exclude={"type"})
        case _:
            return None
