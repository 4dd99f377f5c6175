"""Activities of a customer's ticket: claimed, judged, and settled."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession
from temporalio import activity

from activities.heartbeats import heartbeats
from activities.language_models import LanguageModels, ModelsAwayError
from contracts.llm import Reply
from contracts.triage import (
    SupportTicket,
    TicketClaim,
    TicketSettlement,
    TriageAnswer,
    TriageResult,
)
from db.engine import Sessions, each_by_itself
from db.identity import Organizations
from db.processed_tickets import ProcessedTickets
from policy.model_answers import read_answer
from policy.redaction import Redaction
from policy.support_prompts import triage_request
from policy.support_triage import RULES, assess, guarded


class TriageActivities:
    """Secrets in a ticket reach neither a model nor what is kept of the result."""

    def __init__(self, sessions: Sessions, models: LanguageModels, redaction: Redaction) -> None:
        self._sessions, self._models, self._redaction = sessions, models, redaction

    @property
    def all(self) -> Sequence[Callable[..., Any]]:
        """For the worker."""
        return [self.claim_ticket, self.triage_ticket, self.settle_ticket]

    @activity.defn
    async def claim_ticket(self, claim: TicketClaim) -> bool:
        """Whether the ticket is this workflow's to work on. Repeatable."""
        async with each_by_itself(self._sessions) as session:
            tickets = await self._tickets(session, claim.ref.organization)
            return await tickets.claim(claim)

    @activity.defn
    async def triage_ticket(self, ticket: SupportTicket) -> TriageAnswer:
        """One pass over the language models; the built-in rules where none is configured. No
        effect but the question, and a note where nobody answered. Raises NoUsableAnswerError and
        ModelsAwayError."""
        ticket = self._redaction.model(ticket)
        async with heartbeats():
            try:
                told = await self._told(ticket)
            except ModelsAwayError as error:
                await self._note(ticket, error)
                raise
        result = guarded(ticket, self._redaction.model(told.result))
        return told.model_copy(update={"result": result})

    @activity.defn
    async def settle_ticket(self, settlement: TicketSettlement) -> bool:
        """False when somebody else has taken the ticket over. Repeatable."""
        async with self._sessions.begin() as session:
            tickets = await self._tickets(session, settlement.claim.ref.organization)
            return await tickets.settle(settlement)

    async def _told(self, ticket: SupportTicket) -> TriageAnswer:
        if not self._models.names:
            return TriageAnswer(result=assess(ticket), provider=RULES)
        async with self._sessions.begin() as session:
            organization_id = await _organization(session, ticket.organization)
        request = triage_request(ticket)
        reply = await self._models.ask(
            organization_id, request, lambda said: read_answer(said, TriageResult)
        )
        return _of(reply)

    async def _note(self, ticket: SupportTicket, error: ModelsAwayError) -> None:
        claim = TicketClaim(ref=ticket.ref, claimed_by=activity.info().workflow_id or "")
        async with each_by_itself(self._sessions) as session:
            tickets = await self._tickets(session, ticket.organization)
            await tickets.note_failure(claim, str(error))

    async def _tickets(self, session: AsyncSession, slug: str) -> ProcessedTickets:
        return ProcessedTickets(session, await _organization(session, slug))


async def _organization(session: AsyncSession, slug: str) -> UUID:
    return await Organizations(session).ensure(slug, slug)


def _of(reply: Reply[TriageResult]) -> TriageAnswer:
    answer = reply.answer
    return TriageAnswer(
        result=reply.value,
        provider=answer.provider,
        model=answer.model,
        tokens_in=answer.tokens_in,
        tokens_out=answer.tokens_out,
        repaired=reply.repaired,
    )
