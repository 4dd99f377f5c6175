"""What a team is shown of a triaged ticket."""

from collections.abc import Iterator, Mapping
from hashlib import sha256
from types import MappingProxyType

from contracts.cards import Card, CardField
from contracts.issues import Priority
from contracts.notifications import NotificationRequest, Occasion
from contracts.text import clipped, one_line
from contracts.triage import SupportTicket, TriageAnswer, TriageOutcome, TriageResult

TRIAGED, FAILED = "TicketTriaged", "TriageFailed"
COLORS: Mapping[Priority, int] = MappingProxyType(
    {
        Priority.CRITICAL: 0xB3261E,
        Priority.HIGH: 0xE8710A,
        Priority.MEDIUM: 0xF2C200,
        Priority.LOW: 0x3C8D40,
    }
)
GREY = 0x6E6E6E
MAX_TITLE, MAX_REPLY = 256, 3_000


def triage_notice(ticket: SupportTicket, outcome: TriageOutcome) -> NotificationRequest:
    """Its key is the ticket's own, and its text's: asked for again, nobody is told twice. Neither
    body nor address of the customer is in it."""
    done = outcome.told is not None
    card = triage_card(ticket, outcome)
    return NotificationRequest(
        organization=ticket.organization,
        key=f"{ticket.ref.fact}-{_text_of(ticket)}-{'done' if done else 'failed'}",
        event_type=TRIAGED if done else FAILED,
        occasion=Occasion(issue_key=ticket.ref.shown),
        card=card,
    )


def _text_of(ticket: SupportTicket) -> str:
    """Names what is judged, in keys that have little room."""
    judged = ticket.model_dump_json(include={"subject", "body", "tier", "product_area"})
    return sha256(judged.encode()).hexdigest()[:16]


def triage_card(ticket: SupportTicket, outcome: TriageOutcome) -> Card:
    if outcome.told is None:
        return _failed(ticket, outcome.reason)
    told, result = outcome.told, outcome.told.result
    return Card(
        title=clipped(f"{result.priority} · {ticket.subject or ticket.ref.shown}", MAX_TITLE),
        text=result.customer_summary,
        color=COLORS[result.priority],
        fields=tuple(_fields(ticket, result)),
        footer=_footer(told),
    )


def _fields(ticket: SupportTicket, result: TriageResult) -> Iterator[CardField]:
    yield _short("Ticket", ticket.ref.shown)
    yield _short("Type", _words(result.ticket_type))
    yield _short("Handling", _words(result.handling_mode))
    yield _short("Do", _words(result.recommended_internal_action))
    yield _short("Confidence", f"{result.confidence:.0%}")
    if ticket.tier:
        yield _short("Tier", ticket.tier)
    if ticket.product_area:
        yield _short("Area", ticket.product_area)
    if result.questions:
        yield CardField(name="Ask the customer", value=_listed(result.questions))
    if result.reply_draft is not None:
        draft = clipped(result.reply_draft, MAX_REPLY)
        yield CardField(name="Draft of a reply (nothing was sent)", value=draft)
    if result.notes:
        yield CardField(name="Notes", value=_listed(result.notes))


def _failed(ticket: SupportTicket, reason: str) -> Card:
    return Card(
        title=clipped(f"Not triaged · {ticket.subject or ticket.ref.shown}", MAX_TITLE),
        text="No language model gave a usable answer. Please look at this ticket yourselves.",
        color=GREY,
        fields=(
            _short("Ticket", ticket.ref.shown),
            CardField(name="Why", value=clipped(reason, 1_000) or "unknown"),
            CardField(name="Try again", value=f"starter.py triage retry {ticket.ref.shown}"),
        ),
        footer="Triage failed",
    )


def _footer(told: TriageAnswer) -> str:
    by = f"{told.provider} ({told.model})" if told.model else told.provider
    repaired = ", second answer" if told.repaired else ""
    return clipped(f"Triaged by {by}{repaired}", 400)


def _short(name: str, value: str) -> CardField:
    return CardField(name=name, value=clipped(one_line(value), 300), short=True)


def _words(value: str) -> str:
    return value.replace("_", " ")


def _listed(items: tuple[str, ...]) -> str:
    return "\n".join(f"• {item}" for item in items)
