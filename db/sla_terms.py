"""Every query of people who change service levels and calendars, by their names."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.sla import BusinessCalendar, SlaDefinition, SlaTerms
from db.ids import new_id
from db.models import BusinessCalendar as CalendarRow
from db.models import SlaDefinition as DefinitionRow
from db.sla import DEFINITIONS, calendar_of, definition_of, demand_zone
from errors import AbsentError


class UnknownTermsError(AbsentError):
    """No service level, or no calendar, of this name in this organization."""


class Calendars:
    """One organization's. The caller owns the transaction."""

    def __init__(self, session: AsyncSession, organization_id: UUID) -> None:
        self._session, self._organization_id = session, organization_id

    async def all(self) -> list[BusinessCalendar]:
        rows = await self._session.scalars(self._mine().order_by(CalendarRow.name))
        return [calendar_of(row) for row in rows]

    async def named(self, name: str) -> BusinessCalendar | None:
        row = await self._session.scalar(self._mine().where(CalendarRow.name == name))
        return calendar_of(row) if row is not None else None

    async def put(self, calendar: BusinessCalendar) -> UUID:
        """Makes it, or changes the one of this name. Clocks that run keep the calendar that was
        there when their work began. Raises PermanentError for an unknown time zone."""
        demand_zone(calendar)
        content = calendar.model_dump(mode="json", include={"time_zone", "hours"})
        content["holidays"] = sorted(set(calendar.holidays))
        statement = insert(CalendarRow).values(
            id=new_id(), organization_id=self._organization_id, name=calendar.name, **content
        )
        return await _put(self._session, statement, CalendarRow, content)

    async def id_of(self, name: str) -> UUID:
        """Raises UnknownTermsError."""
        found = await self._session.scalar(
            select(CalendarRow.id).where(
                CalendarRow.organization_id == self._organization_id, CalendarRow.name == name
            )
        )
        if found is None:
            raise UnknownTermsError(f"There is no calendar {name!r} in this organization.")
        return found

    def _mine(self) -> Any:
        return select(CalendarRow).where(CalendarRow.organization_id == self._organization_id)


class Definitions:
    """One organization's, those that are disabled too. The caller owns the transaction."""

    def __init__(self, session: AsyncSession, organization_id: UUID) -> None:
        self._session, self._organization_id = session, organization_id

    async def all(self) -> list[SlaDefinition]:
        mine = {"organization_id": self._organization_id}
        rows = (await self._session.execute(DEFINITIONS, mine)).all()
        read = (definition_of(row, calendar) for row, calendar in rows)
        return [one for one in read if one is not None]

    async def named(self, name: str) -> SlaDefinition | None:
        return next((one for one in await self.all() if one.name == name), None)

    async def put(self, terms: SlaTerms) -> UUID:
        """Makes it, or changes the one of this name; its calendar must be there. Clocks that run
        keep the terms that held when their work began. Raises UnknownTermsError."""
        calendars = Calendars(self._session, self._organization_id)
        content = terms.model_dump(mode="python", exclude={"name", "calendar", "tell"})
        content["description"] = terms.description or None
        content["tell"] = terms.model_dump(mode="json", include={"tell"})["tell"]
        content["calendar_id"] = (
            await calendars.id_of(terms.calendar.name) if terms.calendar else None
        )
        statement = insert(DefinitionRow).values(
            id=new_id(), organization_id=self._organization_id, name=terms.name, **content
        )
        return await _put(self._session, statement, DefinitionRow, content)

    async def disable(self, name: str) -> UUID:
        """It times no ticket that is opened from now on. Raises UnknownTermsError."""
        changed = update(DefinitionRow).where(self._named(name)).values(enabled=False)
        id: UUID | None = await self._session.scalar(changed.returning(DefinitionRow.id))
        if id is None:
            why = f"There is no service level {name!r} here: starter.py sla definitions"
            raise UnknownTermsError(why)
        return id

    def _named(self, name: str) -> ColumnElement[bool]:
        mine = DefinitionRow.organization_id == self._organization_id
        return mine & (DefinitionRow.name == name)


async def _put(
    session: AsyncSession,
    statement: Any,
    row: type[CalendarRow] | type[DefinitionRow],
    content: dict[str, Any],
) -> UUID:
    made = statement.on_conflict_do_update(
        index_elements=["organization_id", "name"], set_={**content, "updated_at": func.now()}
    ).returning(row.id)
    id: UUID = (await session.execute(made)).scalar_one()
    return id
