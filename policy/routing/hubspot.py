"""HubSpot: https://developers.hubspot.com/docs/api-reference/webhooks-webhooks-v3/guide"""

from contracts.commands import Command, TriageRequest
from contracts.triage import SupportTicket
from policy.house_rules import Found, Ignored, Reading
from policy.payloads import Payload, id_of

# The generic form of the same event, for apps that subscribe to objects by their type.
CREATED = frozenset({"ticket.creation", "object.creation"})
TICKETS = "0-5"


def from_hubspot(reading: Reading) -> Found:
    """One event, or several that came together. They name tickets; what is in them is asked."""
    events = reading.payload.each() or [reading.payload]
    found: list[Command] = []
    for event in events:
        ticket = id_of(event.at("objectId"))
        if not _is_new_ticket(event) or not ticket:
            continue
        at = reading.version(event.moment("occurredAt"))
        organization = reading.delivery.organization
        named = SupportTicket(
            organization=organization, source="hubspot", id=ticket, subject="", body=""
        )
        found.append(TriageRequest(at=at, ticket=named))
    return found or Ignored("no ticket was made")


def _is_new_ticket(event: Payload) -> bool:
    kind = event.line("subscriptionType")
    if kind == "object.creation":
        return id_of(event.at("objectTypeId")) == TICKETS
    return kind in CREATED
