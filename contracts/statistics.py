"""What is known of agents over all that was worked."""

from datetime import datetime, timedelta
from decimal import Decimal

from pydantic import BaseModel


class AgentStatistics(BaseModel, frozen=True):
    """A row of the view agent_metrics. `success_rate` is of those that came to an end of their
    own, None when none did."""

    agent_name: str
    execution_count: int
    success_count: int
    failure_count: int
    avg_duration: timedelta | None
    p50_duration: timedelta | None
    p95_duration: timedelta | None
    min_duration: timedelta | None
    max_duration: timedelta | None
    total_tokens: int
    last_executed_at: datetime
    success_rate: Decimal | None
    model_distribution: dict[str, int]
    error_types: dict[str, int]
