"""Tells people of what the ledger took in, where a route leads somewhere."""

import logging
from datetime import timedelta
from time import monotonic
from uuid import UUID

from activities.notifications import NotificationActivities
from contracts.ledger import Batch, ChainedEvent
from contracts.notifications import NotificationRequest
from db.announcements import Announcements
from db.engine import Sessions
from policy.announcements import Work, announcement

log = logging.getLogger(__name__)
# How long a change of the routing table may take to be noticed.
KNOWN_FOR = timedelta(seconds=15)


class Announcer:
    """Not an activity: it works within the one that wrote the events. Repeated with it, it tells
    nobody twice."""

    def __init__(
        self, sessions: Sessions, notifications: NotificationActivities, *, mail: bool
    ) -> None:
        """`mail`: whether e-mail can be sent at all."""
        self._sessions, self._notifications, self._mail = sessions, notifications, mail
        self._told: dict[UUID, tuple[float, frozenset[str]]] = {}

    async def announce(self, batch: Batch) -> None:
        """Never fails: no message is worth an orchestration."""
        try:
            told = await self._told_in(batch.organization_id)
            events = [chained for chained in batch.events if chained.event.type in told]
            if events:
                await self._tell(batch, events)
        except Exception:
            log.exception("people were not told of what happened in %s", batch.orchestration_id)

    async def _told_in(self, organization_id: UUID) -> frozenset[str]:
        until, told = self._told.get(organization_id, (0.0, frozenset()))
        if monotonic() > until:
            async with self._sessions() as session:
                told = await Announcements(session).told(organization_id, mail=self._mail)
            self._told[organization_id] = (monotonic() + KNOWN_FOR.total_seconds(), told)
        return told

    async def _tell(self, batch: Batch, events: list[ChainedEvent]) -> None:
        async with self._sessions() as session:
            organization, work = await Announcements(session).work(batch.orchestration_id)
        for chained in events:
            await self._notifications.request_deliveries(
                _request(organization, batch.orchestration_id, chained, work)
            )


def _request(
    organization: str, orchestration_id: UUID, chained: ChainedEvent, work: Work
) -> NotificationRequest:
    told = announcement(chained, work)
    return NotificationRequest(
        organization=organization,
        key=f"{orchestration_id}:{chained.sequence}:{chained.hash[:16]}",
        event_type=chained.event.type,
        occasion=told.occasion,
        orchestration_id=orchestration_id,
        people=told.people,
        roles=told.roles,
    )
