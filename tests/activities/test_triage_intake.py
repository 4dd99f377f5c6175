"""From a delivery to a ticket's triage, with its text and without its secrets."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from temporalio.client import Client
from temporalio.testing import ActivityEnvironment

from activities.triage_intake import NoTextError, TicketSource, TriageIntakeActivities
from clients.triage import ForgottenTicketError, Triages
from contracts.commands import Effect, TriageRequest
from contracts.triage import SupportTicket
from db.engine import Sessions
from policy.redaction import Redaction

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
    def __init__(self, sessions: Sessions, temporal: Client) -> None:
        self._sessions = sessions
        # Nobody works there: what was started stays to be looked at.
        self._triages = Triages(temporal, f"intake-{uuid4().hex[:8]}")

    async def takes(self, ticket: SupportTicket, source: TicketSource | None = None) -> Effect:
        intake = TriageIntakeActivities(self._sessions, self._triages, Redaction([SECRET]), source)
        command = TriageRequest(delivery=uuid4(), at=datetime.now(UTC), ticket=ticket)
        return await ActivityEnvironment().run(intake.start_triage, command)

    async def begun(self, ticket: SupportTicket) -> SupportTicket:
        return await self._triages.ticket_of(ticket.ref)


@pytest.fixture
def desk(sessions: Sessions, temporal: Client) -> Desk:
    return Desk(sessions, temporal)


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
