"""HubSpot's tickets: its webhooks only say their numbers, so what is in them is asked."""

from datetime import timedelta
from urllib.parse import quote

import httpx2
from pydantic import BaseModel, ConfigDict, SecretStr, ValidationError

from contracts.triage import SupportTicket
from errors import PermanentError, RetryLaterError

PATIENCE = timedelta(seconds=20)
# Those that an account does not have are left out of the answer.
ASKED = ("subject", "content", "hs_ticket_category", "product_area", "tier")


class HubSpotRefusedError(PermanentError):
    """HubSpot does not answer this question to whoever holds the token."""


class HubSpotUnreadableError(PermanentError):
    """What answers is not HubSpot, or HubSpot as we don't know it: asking again would not help."""


class _Read(BaseModel):
    model_config = ConfigDict(frozen=True, coerce_numbers_to_str=True, hide_input_in_errors=True)


class _Linked(_Read):
    id: str


class _Contacts(_Read):
    results: tuple[_Linked, ...] = ()


class _Associations(_Read):
    contacts: _Contacts | None = None


class _Object(_Read):
    """A ticket or a contact."""

    properties: dict[str, str | None]
    associations: _Associations | None = None


class HubSpot:
    """https://developers.hubspot.com/docs/api-reference/crm-tickets-v3. The token is a private
    app's, which may read tickets and, for the customer's address, contacts."""

    def __init__(self, token: SecretStr, api: str) -> None:
        self._headers = {"Authorization": f"Bearer {token.get_secret_value()}"}
        self._api = api.rstrip("/")

    async def filled(self, ticket: SupportTicket) -> SupportTicket | None:
        """With its text; None when it is no longer there. Raises HubSpotRefusedError,
        HubSpotUnreadableError, RetryLaterError."""
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
        told = found.properties
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


async def _email(client: httpx2.AsyncClient, ticket: _Object) -> str | None:
    """The ticket is triaged without it, where contacts can't be read."""
    contacts = ticket.associations.contacts if ticket.associations else None
    ids = [one.id for one in contacts.results] if contacts else []
    if not ids or not ids[0].isdigit():
        return None
    try:
        found = await _asked(client, f"/crm/v3/objects/contacts/{ids[0]}", {"properties": "email"})
    except (HubSpotRefusedError, HubSpotUnreadableError):
        return None
    return found.properties.get("email") if found else None


async def _asked(client: httpx2.AsyncClient, path: str, query: dict[str, str]) -> _Object | None:
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
    return _read(answer)


def _read(answer: httpx2.Response) -> _Object:
    """What was said instead stays out of the error: it may be a customer's."""
    try:
        return _Object.model_validate(answer.json())
    except (ValidationError, ValueError, RecursionError) as error:
        raise HubSpotUnreadableError(
            f"HubSpot answers {answer.status_code} with what is no object of its CRM: is "
            "HUBSPOT_API_URL right? Then: starter.py webhooks replay --since 1d"
        ) from error


def _wait(answer: httpx2.Response) -> timedelta:
    """Its limits are counted over ten seconds, and it does not always say how long to wait."""
    said = answer.headers.get("retry-after", "")
    return timedelta(seconds=min(int(said), 3_600) if said.isdigit() else 10)
