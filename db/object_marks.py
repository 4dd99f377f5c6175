"""Every query on how far objects were followed that have no row of their own to say it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from db.ids import new_id
from db.models.git_integrations import ObjectMark


class ObjectMarks:
    """Of one organization. The caller owns the transaction."""

    def __init__(self, session: AsyncSession, organization_id: UUID) -> None:
        self._session, self._organization_id = session, organization_id

    async def reach(self, name: str, at: datetime) -> bool:
        """False when something newer was told before. Repeatable."""
        mark = insert(ObjectMark).values(
            id=new_id(), organization_id=self._organization_id, object=name, at=at
        )
        await self._session.execute(
            mark.on_conflict_do_update(
                index_elements=[ObjectMark.organization_id, ObjectMark.object],
                set_={"at": mark.excluded.at, "updated_at": func.now()},
                where=ObjectMark.at < mark.excluded.at,
            )
        )
        newest = select(ObjectMark.at).where(
            ObjectMark.organization_id == self._organization_id, ObjectMark.object == name
        )
        return (await self._session.execute(newest)).scalar_one() <= at
