"""What was done about a ticket before it is worked now."""

from uuid import UUID

from activities.shared import SharedByAll
from contracts.issues import Ticket
from contracts.opening import OpenRequest
from db.engine import Sessions
from db.openings import Before, Openings


class Predecessors:
    def __init__(self, sessions: Sessions, shared: SharedByAll) -> None:
        self._sessions, self._shared = sessions, shared

    async def of(self, request: OpenRequest, ticket: Ticket) -> Before:
        """Ends what was left ACTIVE by runs that are dead, and what Redis says of it. Repeatable.
        Raises UnknownProjectError."""
        async with self._sessions.begin() as session:
            before = await Openings(session).before(request, ticket)
        await self._shared.of(before.organization_id).live.delete(*before.closed)
        return before

    async def began(self, orchestration_id: UUID) -> bool:
        """Whether the ledger knows it already."""
        async with self._sessions() as session:
            return await Openings(session).began(orchestration_id)
