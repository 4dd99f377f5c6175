"""What was done about a ticket before it is worked now."""

from dataclasses import dataclass

from activities.shared import SharedByAll
from contracts.issues import Ticket
from contracts.opening import OpenRequest
from contracts.sla import SlaDefinition
from db.engine import Sessions
from db.git_integrations import GitIntegrations
from db.openings import Before, Openings
from db.sla import ServiceLevels


@dataclass(frozen=True)
class Known:
    """`led`: the ticket's status follows a pull request already."""

    before: Before
    levels: list[SlaDefinition]
    led: bool


class Predecessors:
    def __init__(self, sessions: Sessions, shared: SharedByAll) -> None:
        self._sessions, self._shared = sessions, shared

    async def of(self, request: OpenRequest, ticket: Ticket) -> Known:
        """Ends what was left ACTIVE by runs that are dead, and what Redis says of it. Repeatable.
        Raises UnknownProjectError."""
        async with self._sessions.begin() as session:
            before = await Openings(session).before(request, ticket)
            levels = await ServiceLevels(session, before.organization_id).definitions()
            led = await GitIntegrations(session, before.organization_id).follows_pull_requests(
                ticket.key
            )
        await self._shared.of(before.organization_id).live.delete(*before.closed)
        return Known(before, levels, led)
