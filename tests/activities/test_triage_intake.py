"""From a delivery to a ticket's triage, with its text and without its secrets."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from temporalio.client import Client
from temporalio.testing import ActivityEnvironment

from activities.triage_intake import NoTextError, TicketSource, TriageIntakeActivities
from clients.temporal.triage import ForgottenTicketError, TriageWorkflows
from contracts.commands import Effect, TriageRequest
from contracts.triage import (
    SupportTicket,
    TicketClaim,
    TicketSettlement,
    TriageAnswer,
    TriageOutcome,
    TriageStatus,
    triage_workflow_id,
)
from db.engine import Sessions
from db.processed_tickets import ProcessedTickets
from policy.redaction import Redaction
from policy.support_triage import RULES, assess
from tests.conftest import TestOrganization

SECRET = "opensesame-opensesame"


class Shelf:
    """Knows every ticket's text, or none."""

    def __init__(self, body: str | None) -> None:
        self._body = body

    async def filled(self, ticket: SupportTicket) -> SupportTicket | None:
        if self._body is None:
            return None
        return ticket.model_copy(update={"subject": "Charged twice", "body": self._body})


class Desk:
    def __init__(self, sessions: Sessions, temporal: Client, organization_id: UUID) -> None:
        self._sessions, self._organization_id = sessions, organization_id
        self._temporal = temporal
        # Nobody works there: what was started stays to be looked at.
        self._triages = TriageWorkflows(temporal, f"intake-{uuid4().hex[:8]}")

    async def takes(self, ticket: SupportTicket, source: TicketSource | None = None) -> Effect:
        intake = TriageIntakeActivities(self._sessions, self._triages, Redaction([SECRET]), source)
        command = TriageRequest(delivery=uuid4(), at=datetime.now(UTC), ticket=ticket)
        return await ActivityEnvironment().run(intake.start_triage, command)

    async def claims(self, ticket: SupportTicket) -> TicketClaim:
        claim = TicketClaim(ref=ticket.ref, claimed_by="run-1")
        async with self._sessions.begin() as session:
            await ProcessedTickets(session, self._organization_id).claim(claim)
        return claim

    async def settles(self, claim: TicketClaim) -> None:
        told = TriageAnswer(result=assess(named()), provider=RULES)
        outcome = TriageOutcome(status=TriageStatus.TRIAGED, told=told)
        async with self._sessions.begin() as session:
            tickets = ProcessedTickets(session, self._organization_id)
            assert await tickets.settle(TicketSettlement(claim=claim, outcome=outcome))

    async def summary(self, ticket: SupportTicket) -> str | None:
        handle = self._temporal.get_workflow_handle(triage_workflow_id(ticket))
        return await (await handle.describe()).static_summary()

    async def begun(self, ticket: SupportTicket) -> SupportTicket:
        return await self._triages.ticket_of(ticket.ref)


@pytest.fixture
def desk(sessions: Sessions, temporal: Client, organization: TestOrganization) -> Desk:
    return Desk(sessions, temporal, organization.id)


def named(source: str = "hubspot", **rest: str) -> SupportTicket:
    given = {"source": source, "id": uuid4().hex, "subject": "", "body": "", **rest}
    return SupportTicket.model_validate(given)


async def test_what_hubspot_only_names_is_triaged_with_its_text(desk: Desk) -> None:
    ticket = named()
    effect = await desk.takes(ticket, Shelf(f"My password is {SECRET}"))
    assert effect.happened
    begun = await desk.begun(ticket)
    assert (begun.subject, begun.body) == (
        "Charged twice",
        "My password is [redacted: known secret]",
    )


async def test_a_ticket_that_is_gone_is_not_triaged(desk: Desk) -> None:
    ticket = named()
    effect = await desk.takes(ticket, Shelf(None))
    assert (effect.happened, effect.note) == (False, f"{ticket.shown} is no longer there")
    with pytest.raises(ForgottenTicketError):
        await desk.begun(ticket)


async def test_without_a_token_it_says_what_to_set(desk: Desk) -> None:
    with pytest.raises(NoTextError, match="Set HUBSPOT_TOKEN"):
        await desk.takes(named())


async def test_who_sends_the_text_is_asked_nothing(desk: Desk) -> None:
    ticket = named("standard", body="In May.")
    assert (await desk.takes(ticket)).happened
    assert (await desk.begun(ticket)).body == "In May."


async def test_of_a_ticket_that_comes_once_more_it_is_said_what_becomes_of_its_text(
    desk: Desk, organization: TestOrganization
) -> None:
    ticket = named("standard", body="In May.", organization=organization.slug)
    claim = await desk.claims(ticket)
    effect = await desk.takes(ticket)
    assert (effect.happened, "is being triaged" in effect.note) == (True, True)
    await desk.settles(claim)
    effect = await desk.takes(ticket)
    assert not effect.happened
    assert "was triaged before, at " in effect.note
    assert f"starter.py triage retry {ticket.shown} --again" in effect.note


async def test_a_tickets_id_is_no_link_in_the_web_ui(desk: Desk) -> None:
    written = f"[x](https://x.example.org){uuid4().hex}"
    ticket = named("standard", body="In May.", id=written)
    await desk.takes(ticket)
    shown = await desk.summary(ticket)
    assert shown is not None
    assert shown.startswith("ticket standard:\\[x\\]\\(https://x.example.org\\)")
