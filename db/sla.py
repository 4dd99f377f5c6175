"""Every query on service levels."""

import logging
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.sla import BusinessCalendar, SlaDefinition, SlaTerms
from contracts.sla_clocks import SlaViolationRow
from db.ids import new_id
from db.models import BusinessCalendar as CalendarRow
from db.models import SlaDefinition as DefinitionRow
from db.models import SlaViolation
from errors import PermanentError
from policy.sla import zone_known

TERMS = set(SlaTerms.model_fields) - {"calendar"}
DEFINITIONS = (
    select(DefinitionRow, CalendarRow)
    .outerjoin(CalendarRow, CalendarRow.id == DefinitionRow.calendar_id)
    .where(DefinitionRow.organization_id == bindparam("organization_id"))
    .order_by(DefinitionRow.name)
)
ENABLED = DEFINITIONS.where(DefinitionRow.enabled)


class ServiceLevels:
    """One organization's. The caller owns the transaction."""

    def __init__(self, session: AsyncSession, organization_id: UUID) -> None:
        self._session, self._organization_id = session, organization_id

    async def definitions(self) -> list[SlaDefinition]:
        """The enabled ones, with their calendars. One that somebody broke by hand is left out: no
        ticket is to wait for it."""
        mine = {"organization_id": self._organization_id}
        rows = (await self._session.execute(ENABLED, mine)).all()
        read = (definition_of(definition, calendar) for definition, calendar in rows)
        return [definition for definition in read if definition is not None]

    async def ensure(self, terms: SlaTerms) -> None:
        """Makes a definition, and its calendar, where there is none of that name. Raises
        PermanentError for a time zone that is not known here."""
        calendar_id = await self._calendar(terms.calendar) if terms.calendar else None
        values = terms.model_dump(mode="python", exclude={"calendar", "description", "tell"})
        statement = insert(DefinitionRow).values(
            **values,
            id=new_id(),
            organization_id=self._organization_id,
            description=terms.description or None,
            tell=terms.model_dump(mode="json", include={"tell"})["tell"],
            calendar_id=calendar_id,
        )
        await self._session.execute(statement.on_conflict_do_nothing())

    async def enable(self, name: str, *, enabled: bool) -> None:
        """What is opened from now on is timed by it, or is not any more."""
        rows = update(DefinitionRow).where(
            DefinitionRow.organization_id == self._organization_id, DefinitionRow.name == name
        )
        await self._session.execute(rows.values(enabled=enabled))

    async def _calendar(self, calendar: BusinessCalendar) -> UUID:
        demand_zone(calendar)
        values = calendar.model_dump(mode="json", include={"name", "time_zone", "hours"})
        statement = insert(CalendarRow).values(
            **values,
            id=new_id(),
            organization_id=self._organization_id,
            holidays=list(calendar.holidays),
        )
        await self._session.execute(statement.on_conflict_do_nothing())
        found = select(CalendarRow.id).where(
            CalendarRow.organization_id == self._organization_id,
            CalendarRow.name == calendar.name,
        )
        return (await self._session.execute(found)).scalar_one()

    async def violations(self, orchestration_id: UUID) -> list[SlaViolationRow]:
        """In the order in which they were reached."""
        statement = (
            select(SlaViolation, DefinitionRow.name)
            .join(DefinitionRow, DefinitionRow.id == SlaViolation.sla_id)
            .where(
                SlaViolation.organization_id == self._organization_id,
                SlaViolation.orchestration_id == orchestration_id,
            )
            .order_by(SlaViolation.timestamp, SlaViolation.id)
        )
        rows = (await self._session.execute(statement)).all()
        return [_violation(violation, name) for violation, name in rows]


def demand_zone(calendar: BusinessCalendar) -> None:
    """Raises PermanentError for a time zone that is not known here."""
    if not zone_known(calendar.time_zone):
        raise PermanentError(f"{calendar.name}: there is no time zone {calendar.time_zone}")


def definition_of(row: DefinitionRow, calendar: CalendarRow | None) -> SlaDefinition | None:
    """None for one that somebody broke by hand."""
    given = {name: getattr(row, name) for name in TERMS} | {"id": row.id}
    try:
        return SlaDefinition.model_validate(
            {
                **given,
                "description": row.description or "",
                "calendar": calendar_of(calendar) if calendar else None,
            }
        )
    except ValidationError as error:
        faults = "; ".join(fault["msg"] for fault in error.errors(include_input=False))
        logging.getLogger(__name__).error("service level %r is left out: %s", row.name, faults)
        return None


def calendar_of(row: CalendarRow) -> BusinessCalendar:
    return BusinessCalendar.model_validate(
        {name: getattr(row, name) for name in BusinessCalendar.model_fields}
    )


def _violation(row: SlaViolation, name: str) -> SlaViolationRow:
    given = {field: getattr(row, field) for field in SlaViolationRow.model_fields if field != "sla"}
    return SlaViolationRow.model_validate({**given, "sla": name})
