"""Which orchestration's rows are being made, and where its ledger stands."""

from dataclasses import dataclass
from uuid import UUID

from contracts.ledger import ChainedEvent
from policy.ledger import row_id


@dataclass(frozen=True)
class Head:
    """Where the branch of the chain ends that an orchestration's row shows."""

    run_id: UUID
    hash: str


@dataclass(frozen=True)
class Shown:
    """What an orchestration's row shows after a batch."""

    project_id: UUID
    status: str
    current_phase: str


@dataclass(frozen=True)
class Scope:
    organization_id: UUID
    orchestration_id: UUID

    def id_for(self, event: ChainedEvent, key: str) -> UUID:
        """The id of a row that this event makes: the same whenever the table is made anew."""
        return row_id(event.timestamp, f"{self.orchestration_id}:{event.hash}:{key}")

    def columns(self, event: ChainedEvent, key: str) -> dict[str, UUID]:
        return {
            "id": self.id_for(event, key),
            "organization_id": self.organization_id,
            "orchestration_id": self.orchestration_id,
        }
