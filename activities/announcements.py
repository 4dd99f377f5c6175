"""Tells people of what the ledger took in, where a route leads somewhere."""

import logging
from datetime import timedelta
from time import monotonic
from uuid import UUID

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncSession
from temporalio import activity

from activities.notifications import NotificationActivities
from contracts.events import ApprovalEscalated, ApprovalRequested, NotificationRequested
from contracts.ledger import Batch, ChainedEvent
from contracts.notifications import NotificationRequest
from db.announcements import Announcements
from db.approvals import Approvers
from db.delegates import Delegates
from db.engine import Sessions
from db.failures import sqlstate_of
from db.prospects import RequestProspects
from policy.announcements import (
    Work,
    about,
    announcement,
    as_it_stands,
    completed,
    told_as,
)
from policy.asking_messages import fact_key

log = logging.getLogger(__name__)
# How long a change of the routing table may take to be noticed.
KNOWN_FOR = timedelta(seconds=15)
# Of the activity that wrote the events: so often people may yet be told of them.
TRIES = 5
# SQLSTATEs of a server that is not there, full, slow, starting or stopping, or of a lost lock.
AWAY = ("08", "40", "53", "55P", "57")


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
        """No message is worth an orchestration: it fails only a few times, and only where the
        stores are away, without which nothing could go on anyway."""
        try:
            told = await self._told_in(batch.organization_id)
            events = [chained for chained in batch.events if told_as(chained.event) in told]
            if events:
                await self._tell(batch, events)
        except Exception as error:
            if _is_away(error) and activity.info().attempt < TRIES:
                raise
            log.exception("people were not told of what happened in %s", batch.orchestration_id)

    async def _told_in(self, organization_id: UUID) -> frozenset[str]:
        until, told = self._told.get(organization_id, (0.0, frozenset()))
        if monotonic() > until:
            async with self._sessions() as session:
                told = await Announcements(session).told(organization_id, mail=self._mail)
            self._told[organization_id] = (monotonic() + KNOWN_FOR.total_seconds(), told)
        return told

    async def _tell(self, batch: Batch, events: list[ChainedEvent]) -> None:
        requests = [await self._request(batch, chained) for chained in events]
        await self._notifications.tell([one for one in requests if one is not None])

    async def _request(self, batch: Batch, chained: ChainedEvent) -> NotificationRequest | None:
        """None where there is nobody to tell anything."""
        event = chained.event
        async with self._sessions() as session:
            announcements = Announcements(session)
            organization, work = await announcements.work(batch.orchestration_id, about(event))
            if isinstance(event, NotificationRequested):
                return await _with_delegates(session, completed(event.request, work), work)
            told = announcement(chained, work)
            if told is None:
                return None
            approvers = Approvers(session, organization)
            members = await approvers.among(told.approvers) if told.approvers else []
            asked = [one.email for one in members if one.email.lower() not in told.never]
            if isinstance(event, ApprovalRequested | ApprovalEscalated):
                open_requests = RequestProspects(session, organization)
                prospects = await open_requests.of(event.approval_id, event.level)
                if prospects is None:
                    return None  # It was decided before anybody could be told.
                told, asked = as_it_stands(told, asked, prospects), []
            request = NotificationRequest(
                organization=organization,
                key=fact_key(batch.orchestration_id, chained),
                event_type=event.type,
                occasion=told.occasion,
                orchestration_id=batch.orchestration_id,
                people=(*told.people, *asked),
                roles=told.roles,
                correlation_id=about(event),
            )
            return await _with_delegates(session, request, work)


def _is_away(error: Exception) -> bool:
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or sqlstate_of(error).startswith(AWAY)
    return isinstance(error, OSError | PoolTimeoutError)


async def _with_delegates(
    session: AsyncSession, request: NotificationRequest, work: Work
) -> NotificationRequest:
    """Of an approval, those hear of it too who decide in somebody's place."""
    if request.correlation_id is None or not request.people:
        return request
    delegates = Delegates(session, request.organization)
    found = await delegates.of(request.people, work.issue_key)
    more = [one for one in found if one.lower() not in work.barred]
    return request.model_copy(update={"people": (*request.people, *more)})
