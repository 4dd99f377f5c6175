"""Events → `orchestration_metrics`."""

from collections.abc import Sequence
from decimal import Decimal

from contracts.events import AgentCompleted, PhaseCompleted, TestRunCompleted
from contracts.ledger import ChainedEvent
from db.models import OrchestrationMetric
from db.projections.scope import Scope
from db.projections.writes import Row, Write, insertion

COLUMNS = (
    *("id", "organization_id", "orchestration_id", "phase", "timestamp", "metric_type", "value"),
    *("test_coverage", "bug_count", "code_quality_score", "tokens_used", "estimated_cost"),
)
MEASURE = insertion(OrchestrationMetric, COLUMNS)


def writes(scope: Scope, events: Sequence[ChainedEvent]) -> list[Write]:
    rows = [
        {
            **scope.columns(chained, "metric"),
            "phase": chained.phase,
            "timestamp": chained.timestamp,
            **measured,
        }
        for chained in events
        if (measured := _measured(chained)) is not None
    ]
    return [Write(OrchestrationMetric, MEASURE, rows)]


def _measured(chained: ChainedEvent) -> Row | None:
    """Durations in seconds."""
    match chained.event:
        case PhaseCompleted() as phase:
            seconds = Decimal(str(phase.duration.total_seconds()))
            return {"metric_type": "phase_duration", "value": seconds}
        case TestRunCompleted(report=tests):
            return {
                "metric_type": "tests_passed",
                "value": tests.passed,
                "test_coverage": tests.coverage,
                "bug_count": tests.failed,
            }
        case AgentCompleted(usage=usage) if usage.tokens_in or usage.tokens_out or usage.cost:
            tokens = usage.tokens_in + usage.tokens_out
            return {
                "metric_type": "tokens",
                "value": tokens,
                "tokens_used": tokens,
                "estimated_cost": usage.cost,
            }
        case _:
            return None
