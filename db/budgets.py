"""Every query on what an organization may use in a day, and what it has used."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.budgets import NO_CAPS, Caps, DayBudget, Grant, Scope
from db.models import AgentReport, Orchestration, Organization
from policy.budgets import day_of

KEY = "budget"


class DayBudgets:
    """The caller owns the transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def caps(self, slug: str) -> Caps:
        """None are set for an organization that is not there."""
        statement = select(Organization.settings[KEY]).where(Organization.slug == slug)
        return _caps(await self._session.scalar(statement))

    async def set_caps(self, slug: str, caps: Caps) -> None:
        """Instead of those that it had. An organization that is not there stays so."""
        values = {"slug": slug, "caps": caps.model_dump_json(exclude_none=True)}
        await self._session.execute(SET, values)

    async def of(self, organization_id: UUID, now: datetime) -> DayBudget | None:
        """Of the day that `now` is in. None without caps, which costs one look and no sums."""
        statement = select(Organization.settings[KEY]).where(Organization.id == organization_id)
        caps = _caps(await self._session.scalar(statement))
        if caps == NO_CAPS:
            return None
        return await self.reckoned(organization_id, caps, now)

    async def reckoned(self, organization_id: UUID, caps: Caps, now: datetime) -> DayBudget:
        """From the reports of agents, which are kept as soon as there are any, and stay when a
        run is reset; and from the raises in the ledger."""
        begin, end = day_of(now)
        used = select(
            func.coalesce(func.sum(AgentReport.tokens), 0).label("tokens"),
            func.coalesce(func.sum(AgentReport.cost), 0).label("cost"),
        ).where(
            AgentReport.organization_id == organization_id,
            AgentReport.created_at >= begin,
            AgentReport.created_at < end,
        )
        spent = (await self._session.execute(used)).one()
        return DayBudget(
            caps=caps,
            granted=await self._granted(organization_id, begin, end),
            tokens=int(spent.tokens),
            cost=spent.cost,
        )

    async def of_orchestration(self, id: UUID) -> dict[str, Any]:
        """Its caps, what it was granted, and what it waits for: made of its events."""
        statement = select(Orchestration.budget).where(Orchestration.id == id)
        kept: dict[str, Any] = (await self._session.execute(statement)).scalar_one()
        return kept

    async def _granted(self, organization_id: UUID, begin: datetime, end: datetime) -> Grant:
        values = {
            "organization": organization_id,
            "scope": Scope.ORGANIZATION,
            "begin": begin,
            "end": end,
        }
        row: Row[Any] = (await self._session.execute(GRANTED, values)).one()
        return Grant(tokens=int(row.tokens), cost=row.cost)


SET = text("""
    UPDATE organizations SET updated_at = now(),
        settings = settings || jsonb_build_object('budget', CAST(:caps AS jsonb))
    WHERE slug = :slug
""")
# A run that was reset has events in common with the one before: they have the same hash.
GRANTED = text("""
    SELECT coalesce(sum((payload ->> 'tokens')::bigint), 0) AS tokens,
           coalesce(sum((payload ->> 'cost')::numeric), 0) AS cost
    FROM (
        SELECT DISTINCT ON (hash) payload FROM events
        WHERE organization_id = :organization AND event_type = 'BudgetRaised'
          AND payload ->> 'scope' = :scope AND timestamp >= :begin AND timestamp < :end
    ) raises
""")


def _caps(kept: Any) -> Caps:
    return Caps.model_validate(kept) if kept else NO_CAPS
