"""What HubSpot is asked of a ticket, and what is made of its answers."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from clients.hubspot import HubSpot, HubSpotRefusedError, HubSpotUnreadableError
from contracts.triage import SupportTicket
from errors import RetryLaterError
from stack.ports import free_port
from web.server import served

NAMED = SupportTicket(source="hubspot", id="123", subject="", body="")
CONTACT = {"contacts": {"results": [{"id": "9", "type": "ticket_to_contact"}]}}
EMAIL = "Ann@Example.org"
TICKET: dict[str, Any] = {
    "id": "123",
    "properties": {
        "subject": "Charged  twice",
        "content": "In May.",
        "hs_ticket_category": "BILLING_ISSUE",
        "tier": "Gold",
        "product_area": None,
    },
    "associations": CONTACT,
}


class Account:
    """As much of HubSpot as is asked."""

    def __init__(
        self, ticket: Any = TICKET, status: int = 200, contact: int = 200, email: Any = EMAIL
    ) -> None:
        self._ticket, self._status, self._contact = ticket, status, contact
        self._email = email
        self.asked: list[Request] = []

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/crm/v3/objects/tickets/123", self.ticket),
                Route("/crm/v3/objects/contacts/9", self.contact),
            ]
        )

    async def ticket(self, request: Request) -> Response:
        self.asked.append(request)
        if isinstance(self._ticket, Response):
            return self._ticket
        return JSONResponse(self._ticket, self._status, {"Retry-After": "7"})

    async def contact(self, request: Request) -> JSONResponse:
        self.asked.append(request)
        return JSONResponse({"properties": {"email": self._email}}, self._contact)


@asynccontextmanager
async def hubspot(account: Account) -> AsyncIterator[HubSpot]:
    port = free_port()
    async with served(account.app(), port):
        yield HubSpot(SecretStr("pat-token"), f"http://127.0.0.1:{port}")


async def test_a_ticket_comes_with_its_text_and_its_customer() -> None:
    account = Account()
    async with hubspot(account) as there:
        ticket = await there.filled(NAMED)
    assert ticket == NAMED.model_copy(
        update={
            "subject": "Charged twice",
            "body": "In May.",
            "email": "ann@example.org",
            "tier": "gold",
            "product_area": "billing_issue",
        }
    )
    assert {one.headers["authorization"] for one in account.asked} == {"Bearer pat-token"}
    assert "subject" in account.asked[0].query_params["properties"]


async def test_who_may_not_read_contacts_gets_the_ticket_all_the_same() -> None:
    async with hubspot(Account(contact=403)) as there:
        ticket = await there.filled(NAMED)
    assert ticket is not None
    assert (ticket.subject, ticket.email) == ("Charged twice", None)


@pytest.mark.parametrize(
    "rest", [{}, {"associations": None}, {"associations": {"contacts": {}}}, {"more": 1}]
)
async def test_an_account_without_these_properties_has_a_ticket_without_words(rest: Any) -> None:
    async with hubspot(Account({"properties": {}, **rest})) as there:
        assert await there.filled(NAMED) == NAMED


STRANGE: dict[str, Any] = {
    "nothing": {},
    "a list": [],
    "no properties": {"properties": None},
    "other properties": {"properties": [1]},
    "text that is none": {"properties": {"subject": {"a": 1}}},
    "other associations": {"properties": {}, "associations": {"contacts": [1]}},
    "a page": Response("<html>Please sign in</html>"),
    "no text": Response(b"\xff\xfe{"),
    "depth": Response("[" * 100_000),
}


@pytest.mark.parametrize("answer", STRANGE.values(), ids=STRANGE)
async def test_a_strange_answer_is_an_error_for_good(answer: Any) -> None:
    async with hubspot(Account(answer)) as there:
        with pytest.raises(HubSpotUnreadableError, match="is HUBSPOT_API_URL right") as raised:
            await there.filled(NAMED)
    assert "sign in" not in str(raised.value)


async def test_a_contact_that_cannot_be_read_costs_no_ticket() -> None:
    async with hubspot(Account(email={"a": "b"})) as there:
        ticket = await there.filled(NAMED)
    assert ticket is not None
    assert (ticket.subject, ticket.email) == ("Charged twice", None)


async def test_a_ticket_that_is_gone_is_none() -> None:
    async with hubspot(Account(status=404)) as there:
        assert await there.filled(NAMED) is None


async def test_who_may_not_ask_is_told_so_for_good() -> None:
    async with hubspot(Account(status=401)) as there:
        with pytest.raises(HubSpotRefusedError, match="401: may HUBSPOT_TOKEN read this"):
            await there.filled(NAMED)


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_who_is_busy_is_asked_again_when_it_wishes(status: int) -> None:
    async with hubspot(Account(status=status)) as there:
        with pytest.raises(RetryLaterError) as raised:
            await there.filled(NAMED)
    assert raised.value.delay == timedelta(seconds=7)


async def test_who_is_away_is_asked_again_later() -> None:
    with pytest.raises(RetryLaterError, match="does not answer"):
        await HubSpot(SecretStr("t"), f"http://127.0.0.1:{free_port()}").filled(NAMED)
