"""What gates take notice of in a ticket."""

from contracts.gates import TicketReading
from contracts.issues import Ticket
from policy.ledger import fingerprint


def reading_of(ticket: Ticket) -> TicketReading:
    return TicketReading(
        ticket_hash=fingerprint(ticket.model_dump(mode="json")),
        type=ticket.type,
        priority=ticket.priority,
    )
