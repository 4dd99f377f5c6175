"""Which orchestration's rows are being made, and in which transaction."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Table
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.ledger import ChainedEvent
from db.models import Base
from policy.ledger import row_id


def table_of(model: type[Base]) -> Table:
    """For statements that go past the ORM: it takes longer than Postgres does."""
    return model.metadata.tables[model.__tablename__]


@dataclass(frozen=True)
class Shown:
    """What an orchestration's row shows after a batch."""

    project_id: UUID
    status: str


@dataclass(frozen=True)
class Scope:
    session: AsyncSession
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
