"""The activity that hands a customer's ticket from its delivery to triage."""

from contextlib import suppress
from typing import Protocol

from temporalio import activity

from activities.webhook_retries import failure_noted, note_retry
from clients.temporal.triage import TriageWorkflows
from contracts.commands import Effect, TriageRequest
from contracts.triage import SupportTicket, TicketRef, TriageRow
from db.engine import Sessions
from db.processed_tickets import TicketList, UnknownTicketError
from errors import PermanentError
from policy.commands import without_secrets
from policy.redaction import Redaction
from policy.support_repeats import left_alone

HUBSPOT = "hubspot"


class NoTextError(PermanentError):
    """The delivery says which ticket, not what is in it, and nobody can be asked."""


class TicketSource(Protocol):
    async def filled(self, ticket: SupportTicket) -> SupportTicket | None:
        """None when the ticket is no longer there."""
        ...


class TriageIntakeActivities:
    """`hubspot` is None where there is no token for it. The ticket's text goes on without
    secrets."""

    def __init__(
        self,
        sessions: Sessions,
        triages: TriageWorkflows,
        redaction: Redaction,
        hubspot: TicketSource | None = None,
    ) -> None:
        self._sessions, self._triages = sessions, triages
        self._redaction, self._hubspot = redaction, hubspot

    @activity.defn
    async def start_triage(self, command: TriageRequest) -> Effect:
        """Harmless when the ticket was triaged before: that is for TriageTicket to find out; here
        it is only said. The text goes along all the same, so that a person can have it triaged.
        Raises NoTextError, and what its source raises."""
        await note_retry(self._sessions, command.delivery)
        async with failure_noted(self._sessions, command.delivery):
            ticket = await self._filled(command.ticket)
        if ticket is None:
            return Effect(happened=False, note=f"{command.ticket.shown} is no longer there")
        clean = without_secrets(command.model_copy(update={"ticket": ticket}), self._redaction)
        assert isinstance(clean, TriageRequest)
        known = await self._known(clean.ticket.ref)
        await self._triages.start(clean.ticket)
        if known is not None and known.success is not False:
            return Effect(happened=known.success is None, note=left_alone(known))
        return Effect(happened=True, note=f"{ticket.shown} goes to triage")

    async def _known(self, ref: TicketRef) -> TriageRow | None:
        async with self._sessions() as session:
            tickets = TicketList(session, ref.organization)
            with suppress(UnknownTicketError):
                return (await tickets.of_id(ref.source, ref.id))[0]
        return None

    async def _filled(self, ticket: SupportTicket) -> SupportTicket | None:
        if ticket.source != HUBSPOT or ticket.subject or ticket.body:
            return ticket
        if self._hubspot is None:
            raise NoTextError(
                "HubSpot says no more than a ticket's number. Set HUBSPOT_TOKEN for the worker, "
                "then: starter.py webhooks replay --since 1d"
            )
        return await self._hubspot.filled(ticket)
