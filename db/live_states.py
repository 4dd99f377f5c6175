"""The live state of orchestrations, for readers who do not find it in Redis."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import and_, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.sessions import LiveState
from db.models import Event, Orchestration
from policy.phases import progress_of

LAST = and_(Event.orchestration_id == Orchestration.id, Event.hash == Orchestration.last_hash)
COLUMNS = (
    Orchestration.id.label("orchestration_id"),
    Orchestration.project_id,
    Orchestration.status,
    Orchestration.current_phase.label("phase"),
    Event.agent_name.label("agent"),
    func.coalesce(Event.event_type, "").label("event"),
    Orchestration.last_sequence.label("sequence"),
    func.coalesce(Event.timestamp, Orchestration.updated_at).label("timestamp"),
)


class LiveStates:
    """The caller owns the transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def of(self, orchestration_ids: Sequence[UUID]) -> list[LiveState]:
        """As they were published with their last events, all by one statement; without an event
        where the ledger lacks the last one. An orchestration that there is not is left out."""
        statement = (
            select(*COLUMNS)
            .outerjoin(Event, and_(LAST, Event.sequence == Orchestration.last_sequence))
            .where(Orchestration.id.in_(orchestration_ids))
        )
        rows = (await self._session.execute(statement)).mappings().all()
        return [LiveState(**row, progress=progress_of(row["status"], row["phase"])) for row in rows]
