"""Areas of an organization's tickets: the part of the product that they are about."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from db.ids import new_id
from db.models import Area, Issue

AREAS, ISSUES = Area.__table__.c, Issue.__table__.c
NAME = (
    select(AREAS.name)
    .where(AREAS.id == ISSUES.area_id)
    .correlate(Issue.__table__)
    .scalar_subquery()
    .label("area")
)


class Areas:
    """The caller owns the transaction."""

    def __init__(self, session: AsyncSession, organization_id: UUID) -> None:
        self._session, self._organization_id = session, organization_id

    async def ensure(self, name: str) -> UUID:
        """The area's id, made if need be. Repeatable."""
        area = insert(Area).values(
            id=new_id(), organization_id=self._organization_id, name=name, color="#888888"
        )
        await self._session.execute(area.on_conflict_do_nothing())
        mine = (Area.organization_id == self._organization_id, Area.name == name)
        return (await self._session.execute(select(Area.id).where(*mine))).scalar_one()
