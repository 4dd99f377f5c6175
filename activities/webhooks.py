"""Activities at the beginning and the end of a delivery, and those that hand it on whole."""

from uuid import UUID

from temporalio import activity

from activities.retries import note_retry
from clients.triage import Triages
from contracts.commands import Effect, Routed, Settlement, TriageRequest
from contracts.webhooks import WebhookStatus, WebhookWork
from db.engine import Sessions
from db.webhooks import Inbox, UnknownDeliveryError
from policy.house_rules import HouseRules
from policy.routing import route


class WebhookActivities:
    def __init__(self, sessions: Sessions, rules: HouseRules, triages: Triages) -> None:
        self._sessions, self._rules, self._triages = sessions, rules, triages

    @activity.defn
    async def route_delivery(self, work: WebhookWork) -> Routed:
        """Makes the row where there is none yet. The rules are asked here rather than in the
        workflow: bodies are larger than a history should be, and new rules leave old runs alone."""
        id = await self._row_of(work)
        async with self._sessions() as session:
            delivery = await Inbox(session).load(id)
        await note_retry(self._sessions, id)
        if delivery.status is not WebhookStatus.RECEIVED:
            return Routed(delivery=id, settled=delivery.status)
        return route(delivery, self._rules)

    @activity.defn
    async def settle_delivery(self, settlement: Settlement) -> None:
        id = await self._row_of(settlement.work)
        async with self._sessions.begin() as session:
            await Inbox(session).settle(id, settlement.status, why=settlement.why)

    @activity.defn
    async def start_triage(self, command: TriageRequest) -> Effect:
        """Harmless when the ticket was triaged before: that is for TriageTicket to find out."""
        await note_retry(self._sessions, command.delivery)
        await self._triages.start(command.ticket)
        return Effect(happened=True, note=f"{command.ticket.shown} goes to triage")

    async def _row_of(self, work: WebhookWork) -> UUID:
        if work.row is not None:
            return work.row
        if work.received is None:
            raise UnknownDeliveryError("neither a row nor a delivery is given")
        async with self._sessions.begin() as session:
            (kept,) = await Inbox(session).put([work.received])
        return kept.id
