"""Reading queries on one orchestration's past."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.ledger import ChainedEvent
from db.ledger import Ledger
from db.models import Orchestration, Project


class History:
    """The caller owns the transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def head(self, orchestration_id: UUID) -> str | None:
        """Changes with every event, and with a reset."""
        return await self._session.scalar(
            select(Orchestration.last_hash).where(Orchestration.id == orchestration_id)
        )

    async def events(self, orchestration_id: UUID) -> list[ChainedEvent]:
        """The newest branch of the ledger, from the first event on: what the tables show."""
        head = await self.head(orchestration_id)
        return await Ledger(self._session).chain(orchestration_id, head) if head else []

    async def repository(self, orchestration_id: UUID) -> str:
        """The address of the repository that is worked on."""
        statement = (
            select(Project.repo_url)
            .join(Orchestration, Orchestration.project_id == Project.id)
            .where(Orchestration.id == orchestration_id)
        )
        return (await self._session.execute(statement)).scalar_one()
