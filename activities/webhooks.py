"""Activities at the beginning and the end of a delivery."""

from uuid import UUID

from temporalio import activity

from activities.retries import note_retry
from contracts.commands import Routed, Settlement
from contracts.webhooks import WebhookStatus, WebhookWork
from db.engine import Sessions
from db.webhooks import Inbox, UnknownDeliveryError
from policy.commands import without_secrets
from policy.house_rules import HouseRules
from policy.redaction import Redaction
from policy.routing import route

IGNORED = WebhookStatus.IGNORED


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
        await note_retry(self._sessions, id)
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
    async def settle_delivery(self, settlement: Settlement) -> None:
        id = await self._row_of(settlement.work)
        async with self._sessions.begin() as session:
            await Inbox(session).settle(id, settlement.status, why=settlement.why)

    async def _row_of(self, work: WebhookWork) -> UUID:
        if work.row is not None:
            return work.row
        if work.received is None:
            raise UnknownDeliveryError("neither a row nor a delivery is given")
        async with self._sessions.begin() as session:
            (kept,) = await Inbox(session).put([work.received])
        return kept.id
