"""Whether a provider is asked at all."""

from datetime import timedelta
from enum import StrEnum

from pydantic import BaseModel


class BreakerState(StrEnum):
    """HALF_OPEN: one probe is on its way, or may be sent."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"


class BreakerView(BaseModel, frozen=True):
    """`failures` within the last minute while closed; `wait` until a probe may be sent."""

    provider: str
    state: BreakerState = BreakerState.CLOSED
    failures: int = 0
    wait: timedelta = timedelta()

    @property
    def troubled(self) -> bool:
        return self.state is not BreakerState.CLOSED or self.failures > 0
