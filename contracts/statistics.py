"""What is known of agents over all that was worked."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, PlainSerializer

Share = Annotated[Decimal, PlainSerializer(float, return_type=float, when_used="json")]


class AgentStatistics(BaseModel, frozen=True):
    """A row of the view agent_metrics. An execution is an agent's in a phase and round, in however
    many stretches it worked; the durations are of the last of them. `success_rate` is the share,
    from 0 to 1, of those that came to an end of their own, None when none did; a number in JSON."""

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
    success_rate: Share | None
    model_distribution: dict[str, int]
    error_types: dict[str, int]
