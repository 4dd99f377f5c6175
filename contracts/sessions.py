"""What an orchestration looks like right now, for readers who ask each second."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field

from contracts.live import LiveBatch


class Pulse(BaseModel, frozen=True):
    """As little as tells that something happened: the last event's number, and the status."""

    sequence: int
    status: str

    def written(self) -> str:
        return f"{self.sequence} {self.status}"

    @classmethod
    def read(cls, text: str) -> "Pulse":
        """Raises pydantic's ValidationError for what is none."""
        sequence, _, status = text.partition(" ")
        return cls.model_validate({"sequence": sequence, "status": status})


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

    @property
    def pulse(self) -> "Pulse":
        return Pulse(sequence=self.sequence, status=self.status)

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
