"""Reading queries on orchestrations, for people and their tools."""

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.orchestrations import RUNNING, OrchestrationRow, OrchestrationStatus
from db.models import Orchestration, Organization


class Orchestrations:
    """One organization's, by its slug. The caller owns the transaction."""

    def __init__(self, session: AsyncSession, organization: str) -> None:
        self._session, self._organization = session, organization

    async def latest(self, issue_key: str, attempt: int | None = None) -> OrchestrationRow | None:
        """The newest attempt at this ticket, or this one."""
        statement = self._all().where(Orchestration.issue_key == issue_key)
        if attempt is not None:
            statement = statement.where(Orchestration.attempt == attempt)
        statement = statement.order_by(Orchestration.attempt.desc()).limit(1)
        row = await self._session.scalar(statement)
        return _row(row) if row else None

    async def newest(
        self, limit: int, status: OrchestrationStatus | None
    ) -> list[OrchestrationRow]:
        statement = self._all().order_by(Orchestration.started_at.desc()).limit(limit)
        if status is not None:
            statement = statement.where(Orchestration.status == status)
        return [_row(row) for row in (await self._session.scalars(statement)).all()]

    async def under_way(self) -> list[OrchestrationRow]:
        """What is ACTIVE or PAUSED, or was left so."""
        statement = self._all().where(Orchestration.status.in_(RUNNING))
        statement = statement.order_by(Orchestration.started_at)
        return [_row(row) for row in (await self._session.scalars(statement)).all()]

    def _all(self) -> Select[Orchestration]:
        return (
            select(Orchestration)
            .join(Organization, Organization.id == Orchestration.organization_id)
            .where(Organization.slug == self._organization)
        )


def _row(row: Orchestration) -> OrchestrationRow:
    return OrchestrationRow.model_validate(row, from_attributes=True)
