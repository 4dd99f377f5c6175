"""Activities at the beginning and the end of a delivery."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy.exc import DBAPIError
from temporalio import activity

from activities.webhook_retries import note_retry
from contracts.commands import DeliverySettlement, Routed
from contracts.webhooks import ReceivedDelivery, Repetition, WebhookStatus, WebhookWork
from db.engine import Sessions
from db.unfit import dead_letter, is_unfit
from db.webhook_conflicts import WebhookConflicts
from db.webhooks import Inbox, UnknownDeliveryError
from errors import RetryLaterError
from policy.commands import without_secrets
from policy.house_rules import HouseRules
from policy.redaction import Redaction
from policy.routing import route

IGNORED = WebhookStatus.IGNORED
NO_ROW_YET = timedelta(seconds=2)


class WebhookActivities:
    """What people say goes into a history, and on from there, without secrets."""

    def __init__(self, sessions: Sessions, rules: HouseRules, redaction: Redaction) -> None:
        self._sessions, self._rules, self._redaction = sessions, rules, redaction

    @activity.defn
    async def route_delivery(self, work: WebhookWork) -> Routed:
        """Makes the row where there is none yet, and settles what concerns nobody. The rules are
        asked here rather than in the workflow: bodies are larger than a history should be, and
        new rules leave old runs alone."""
        id = await self._row_of(work)
        await note_retry(self._sessions, id, near=True)
        async with self._sessions.begin() as session:
            inbox = Inbox(session)
            delivery = await inbox.load(id)
            if delivery.status is not WebhookStatus.RECEIVED:
                return Routed(delivery=id, settled=delivery.status)
            routed = route(delivery, self._rules)
            if routed.ignored is not None:
                # Most deliveries are of this kind: they need no other activity.
                await inbox.settle(id, IGNORED, why=routed.ignored)
                return routed.model_copy(update={"settled": IGNORED})
        clean = tuple(without_secrets(one, self._redaction) for one in routed.commands)
        return routed.model_copy(update={"commands": clean})

    @activity.defn
    async def settle_delivery(self, settlement: DeliverySettlement) -> None:
        id = await self._row_of(settlement.work)
        await note_retry(self._sessions, id, near=True)
        async with self._sessions.begin() as session:
            await Inbox(session).settle(id, settlement.status, why=settlement.why)

    @activity.defn
    async def compare_delivery(self, again: Repetition) -> bool:
        """Whether its body is another one than the row's, which then is on record. Repeatable.
        Raises RetryLaterError while there is no row: its own run is about to make it."""
        async with self._sessions.begin() as session:
            is_other = await WebhookConflicts(session).compare(again)
        if is_other is None:
            raise RetryLaterError("the delivery has no row yet", NO_ROW_YET)
        return is_other

    async def _row_of(self, work: WebhookWork) -> UUID:
        if work.row is not None:
            return work.row
        if work.received is None:
            raise UnknownDeliveryError("neither a row nor a delivery is given")
        try:
            return await self._put(work.received)
        except DBAPIError as error:
            if not is_unfit(error):
                raise
            return await self._put(dead_letter(work.received, error))

    async def _put(self, received: ReceivedDelivery) -> UUID:
        async with self._sessions.begin() as session:
            (kept,) = await Inbox(session).put([received])
        return kept.id
