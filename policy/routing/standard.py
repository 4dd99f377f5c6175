"""Any sender of Standard Webhooks (`type`, `timestamp`, `data`): https://www.standardwebhooks.com/"""

from contracts.commands import TriageRequest
from contracts.text import MAX_DESCRIPTION
from contracts.triage import SupportTicket
from policy.house_rules import Found, Ignored, Reading
from policy.payloads import id_of

CREATED = "ticket.created"


def from_standard(reading: Reading) -> Found:
    payload, data = reading.payload, reading.payload.at("data")
    if payload.line("type") != CREATED:
        return Ignored(f"nothing to do for {payload.line('type') or 'this event'}")
    ticket = id_of(data.at("id"))
    if not ticket:
        return Ignored("a ticket without an id")
    support = SupportTicket(
        organization=reading.delivery.organization,
        source="standard",
        id=ticket,
        subject=data.line("subject"),
        body=data.text("body", limit=MAX_DESCRIPTION),
        email=data.line("email") or None,
        tier=data.line("tier") or None,
        product_area=data.line("product_area") or None,
    )
    return [TriageRequest(at=reading.version(payload.moment("timestamp")), ticket=support)]
