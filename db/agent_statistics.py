"""Every query on the view of agents."""

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.statistics import AgentStatistics

ALL = text("SELECT * FROM agent_metrics WHERE organization_id = :organization ORDER BY agent_name")


class AgentFigures:
    """The caller owns the transaction."""

    def __init__(self, session: AsyncSession, organization_id: UUID) -> None:
        self._session, self._organization_id = session, organization_id

    async def all(self) -> list[AgentStatistics]:
        """Reads every execution: dear, and to be kept for a while."""
        found = await self._session.execute(ALL, {"organization": self._organization_id})
        return [AgentStatistics.model_validate(dict(row)) for row in found.mappings()]
