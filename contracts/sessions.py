"""What an orchestration looks like right now, for readers who ask each second."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field

from contracts.live import LiveBatch


class LiveState(BaseModel, frozen=True):
    """`progress` runs from 0 to 1. `event` is the last that happened."""

    orchestration_id: UUID
    project_id: UUID
    status: str
    phase: str | None = None
    agent: str | None = None
    progress: float | None = Field(default=None, ge=0, le=1)
    event: str
    sequence: int
    timestamp: datetime

    @classmethod
    def after(cls, batch: LiveBatch) -> "LiveState":
        """As the ledger shows it once this batch is committed."""
        shown = {name: batch.payload.get(name) for name in ("status", "phase", "agent", "progress")}
        return cls.model_validate(
            shown
            | {
                "orchestration_id": batch.orchestration_id,
                "project_id": batch.project_id,
                "event": batch.event,
                "sequence": batch.sequence,
                "timestamp": batch.timestamp,
            }
        )
