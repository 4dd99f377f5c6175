"""Activities that put messages on record: those that are asked for, and those that are lost."""

import logging
from collections.abc import Sequence
from uuid import UUID, uuid5

from temporalio import activity
from temporalio.service import RPCError

from clients.temporal.notifications import NotificationWorkflows
from contracts.limits import Limit
from contracts.notifications import Channel, GivenUp, NotificationRequest, Parcel
from db.engine import Sessions
from db.identity import Organizations
from db.models import Notification
from db.notification_endpoints import Destination, Endpoints, Routes
from db.notifications import Addressee, Content, Notifications
from policy.cards import as_text
from policy.notification_texts import text_of
from policy.notifications import batch_key, dedupe_key, fallback_key, is_crowded
from policy.redaction import Redaction

log = logging.getLogger(__name__)


class NotificationActivities:
    """`limit` is what one recipient takes; near it, messages are batched."""

    def __init__(
        self,
        sessions: Sessions,
        deliveries: NotificationWorkflows,
        limit: Limit,
        redaction: Redaction,
    ) -> None:
        self._sessions, self._deliveries = sessions, deliveries
        self._limit, self._redaction = limit, redaction

    @activity.defn
    async def request_deliveries(self, request: NotificationRequest) -> int:
        """Puts a message for each recipient on record and starts its delivery; how many there
        are. Repeatable: nobody is told twice."""
        number, parcels = await self._recorded(request)
        await self._start(parcels)
        return number

    async def tell(self, requests: Sequence[NotificationRequest]) -> None:
        """All of them are on record before the first delivery is started. Repeatable. What cannot
        be started now is left to the sweep."""
        recorded = [await self._recorded(request) for request in requests]
        try:
            for _, parcels in recorded:
                await self._start(parcels)
        except RPCError as error:
            log.warning("deliveries are left to the sweep: %s", error)

    async def _recorded(self, request: NotificationRequest) -> tuple[int, list[Parcel]]:
        """How many messages there are, and what is still to be delivered of them."""
        async with self._sessions.begin() as session:
            slug = request.organization
            organization_id = await Organizations(session).ensure(slug, slug)
            routes = Routes(session, organization_id)
            found = [
                *await routes.destinations(request.event_type),
                *await _people(routes, request),
            ]
            notifications = Notifications(session)
            addressees = [
                _addressee(
                    to,
                    dedupe_key(request, to.channel, to.to),
                    await self._batch(notifications, organization_id, to),
                )
                for to in found
            ]
            await notifications.add(self._content(organization_id, request), addressees)
            parcels = await notifications.parcels([one.dedupe_key for one in addressees])
        return len(addressees), parcels

    @activity.defn
    async def give_up_parcel(self, given_up: GivenUp) -> int:
        """Marks what can't be delivered, and tells it to the endpoint's fallback instead; how
        many messages are lost. Repeatable."""
        async with self._sessions.begin() as session:
            notifications = Notifications(session)
            lost = await notifications.give_up(
                given_up.parcel, given_up.status, self._redaction.text(given_up.reason)
            )
            keys = []
            for row in lost:
                fallback = await Endpoints(session, row.organization_id).fallback_of(row)
                key = fallback_key(row.dedupe_key)
                if fallback is not None and key is not None:
                    to = Destination(
                        Channel(fallback.channel), fallback.name, row.urgent, False, fallback.id
                    )
                    await notifications.add(_content_of(row), [_addressee(to, key, None)])
                    keys.append(key)
            parcels = await notifications.parcels(keys)
        await self._start(parcels)
        return len(lost)

    async def _start(self, parcels: list[Parcel]) -> None:
        for parcel in parcels:
            await self._deliveries.start(parcel)

    async def _batch(
        self, notifications: Notifications, organization_id: UUID, to: Destination
    ) -> str | None:
        if to.urgent or to.alone:
            return None
        sent = await notifications.sent_within(organization_id, to, self._limit.per)
        if not to.batched and not is_crowded(sent, self._limit.tokens):
            return None
        whose = to.endpoint_id or uuid5(organization_id, to.recipient.lower())
        return batch_key(str(whose), activity.info().scheduled_time)

    def _content(self, organization_id: UUID, request: NotificationRequest) -> Content:
        card = self._redaction.model(request.card) if request.card is not None else None
        if card is not None:
            subject, body = card.title, as_text(card)
        else:
            subject, body = text_of(request.event_type, request.occasion)
        return Content(
            organization_id=organization_id,
            event_type=request.event_type,
            issue_key=request.occasion.issue_key,
            subject=self._redaction.text(subject),
            body=self._redaction.text(body),
            card=card.model_dump(mode="json") if card is not None else None,
            orchestration_id=request.orchestration_id,
            correlation_id=request.correlation_id,
        )


async def _people(routes: Routes, request: NotificationRequest) -> list[Destination]:
    urgent = await routes.to_people(request.event_type)
    if urgent is None:
        return []
    mails = [*request.people, *(await routes.holders(request.roles) if request.roles else ())]
    once = {mail.lower(): mail for mail in mails}
    # What asks for a decision has a link that is for it alone.
    alone = request.correlation_id is not None
    return [Destination(Channel.EMAIL, mail, urgent, False, alone=alone) for mail in once.values()]


def _addressee(to: Destination, key: str, batch: str | None) -> Addressee:
    return Addressee(to.channel, to.recipient, to.endpoint_id, to.urgent, key, batch)


def _content_of(row: Notification) -> Content:
    return Content(
        organization_id=row.organization_id,
        event_type=row.event_type,
        issue_key=row.issue_key,
        subject=row.subject,
        body=row.body,
        card=row.card,
        orchestration_id=row.orchestration_id,
        correlation_id=row.correlation_id,
    )
