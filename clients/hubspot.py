"""HubSpot's tickets: its webhooks only say their numbers, so what is in them is asked."""

from datetime import timedelta
from typing import Any
from urllib.parse import quote

import httpx2
from pydantic import SecretStr

from contracts.triage import SupportTicket
from errors import PermanentError, RetryLaterError

API = "https://api.hubapi.com"
PATIENCE = timedelta(seconds=20)
# Those that an account does not have are left out of the answer.
ASKED = ("subject", "content", "hs_ticket_category", "product_area", "tier")


class HubSpotRefusedError(PermanentError):
    """HubSpot does not answer this question to whoever holds the token."""


class HubSpot:
    """https://developers.hubspot.com/docs/api-reference/crm-tickets-v3. The token is a private
    app's, which may read tickets and, for the customer's address, contacts."""

    def __init__(self, token: SecretStr, api: str = API) -> None:
        self._headers = {"Authorization": f"Bearer {token.get_secret_value()}"}
        self._api = api.rstrip("/")

    async def filled(self, ticket: SupportTicket) -> SupportTicket | None:
        """With its text; None when it is no longer there. Raises HubSpotRefusedError,
        RetryLaterError."""
        async with httpx2.AsyncClient(
            base_url=self._api, headers=self._headers, timeout=PATIENCE.total_seconds()
        ) as client:
            asked = {"properties": ",".join(ASKED), "associations": "contacts"}
            found = await _asked(
                client, f"/crm/v3/objects/tickets/{quote(ticket.id, safe='')}", asked
            )
            if found is None:
                return None
            email = await _email(client, found)
        told = found.get("properties") or {}
        return SupportTicket.model_validate(
            {
                **ticket.model_dump(),
                "subject": told.get("subject") or "",
                "body": told.get("content") or "",
                "email": email,
                "tier": told.get("tier"),
                "product_area": told.get("product_area") or told.get("hs_ticket_category"),
            }
        )


async def _email(client: httpx2.AsyncClient, ticket: dict[str, Any]) -> str | None:
    """The ticket is triaged without it, where contacts may not be read."""
    contacts = (ticket.get("associations") or {}).get("contacts") or {}
    ids = [str(one.get("id")) for one in contacts.get("results") or []]
    if not ids or not ids[0].isdigit():
        return None
    try:
        found = await _asked(client, f"/crm/v3/objects/contacts/{ids[0]}", {"properties": "email"})
    except HubSpotRefusedError:
        return None
    email = ((found or {}).get("properties") or {}).get("email")
    return email if isinstance(email, str) else None


async def _asked(
    client: httpx2.AsyncClient, path: str, query: dict[str, str]
) -> dict[str, Any] | None:
    try:
        answer = await client.get(path, params=query)
    except httpx2.TransportError as error:
        raise RetryLaterError(
            f"HubSpot does not answer: {type(error).__name__}", timedelta(seconds=10)
        ) from error
    status = answer.status_code
    if status == 404:
        return None
    if status == 429 or status >= 500:
        raise RetryLaterError(f"HubSpot answers {status}", _wait(answer))
    if status >= 300:
        raise HubSpotRefusedError(
            f"HubSpot answers {status}: may HUBSPOT_TOKEN read this, and is HUBSPOT_API_URL right?"
        )
    found = answer.json()
    return found if isinstance(found, dict) else {}


def _wait(answer: httpx2.Response) -> timedelta:
    """Its limits are counted over ten seconds, and it does not always say how long to wait."""
    said = answer.headers.get("retry-after", "")
    return timedelta(seconds=min(int(said), 3_600) if said.isdigit() else 10)
