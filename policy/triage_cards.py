"""What a team is shown of a triaged ticket, within the limits of Discord and Slack."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from contracts.cards import Card, CardField
from contracts.issues import Priority
from contracts.notifications import NotificationRequest, Occasion
from contracts.text import clipped, one_line
from contracts.triage import SupportTicket, Told, TriageOutcome, TriageResult

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
MAX_REPLY = 3_000
# https://discord.com/developers/docs/resources/message#embed-object-embed-limits
DISCORD_TITLE, DISCORD_TEXT, DISCORD_NAME, DISCORD_VALUE = 256, 4_096, 256, 1_024
DISCORD_FOOTER, DISCORD_FIELDS, DISCORD_ALL = 2_048, 25, 6_000
# https://docs.slack.dev/reference/block-kit/blocks: header, section, context.
SLACK_TITLE, SLACK_TEXT, SLACK_FIELD, SLACK_FIELDS = 150, 3_000, 2_000, 10


def triage_notice(ticket: SupportTicket, outcome: TriageOutcome) -> NotificationRequest:
    """Its key is the ticket's own: asked for again, nobody is told twice. Neither body nor address
    of the customer is in it."""
    done = outcome.told is not None
    card = triage_card(ticket, outcome)
    return NotificationRequest(
        organization=ticket.organization,
        key=f"{ticket.ref.fact}-{'done' if done else 'failed'}",
        event_type=TRIAGED if done else FAILED,
        occasion=Occasion(issue_key=ticket.ref.shown, title=card.title, reason=as_text(card)),
    )


def triage_card(ticket: SupportTicket, outcome: TriageOutcome) -> Card:
    if outcome.told is None:
        return _failed(ticket, outcome.reason)
    told, result = outcome.told, outcome.told.result
    return Card(
        title=clipped(f"{result.priority} · {ticket.subject or ticket.ref.shown}", DISCORD_TITLE),
        text=result.customer_summary,
        color=COLORS[result.priority],
        fields=tuple(_fields(ticket, result)),
        footer=_footer(told),
    )


def as_text(card: Card) -> str:
    """For channels that have no cards."""
    lines = [card.text, *(f"{field.name}: {field.value}" for field in card.fields), card.footer]
    return clipped("\n".join(line for line in lines if line), 8_000)


def discord_embed(card: Card) -> dict[str, Any]:
    """An embed, at most 6,000 characters in all. Markdown of others is shown as they wrote it."""
    title, footer = clipped(card.title, DISCORD_TITLE), clipped(card.footer, DISCORD_FOOTER)
    room = DISCORD_ALL - len(title) - len(footer)
    text = clipped(_quoted(card.text), min(DISCORD_TEXT, room))
    room -= len(text)
    fields = []
    for field in card.fields[:DISCORD_FIELDS]:
        name = clipped(field.name, DISCORD_NAME)
        least = len(name) + 100
        if room < least:
            break
        value = clipped(_quoted(field.value), min(DISCORD_VALUE, room - len(name)))
        fields.append({"name": name, "value": value or "none", "inline": field.short})
        room -= len(name) + max(len(value), 4)
    embed: dict[str, Any] = {"title": title, "color": card.color, "fields": fields}
    return embed | {"description": text, "footer": {"text": footer}}


def slack_attachment(card: Card) -> dict[str, Any]:
    """An attachment, for only those have a colour; all text in it is plain, so that nobody's words
    can mention a channel."""
    blocks: list[dict[str, Any]] = [{"type": "header", "text": _plain(card.title, SLACK_TITLE)}]
    if card.text:
        blocks.append({"type": "section", "text": _plain(card.text, SLACK_TEXT)})
    short = [field for field in card.fields if field.short][:SLACK_FIELDS]
    if short:
        told = [_plain(f"{field.name}: {field.value}", SLACK_FIELD) for field in short]
        blocks.append({"type": "section", "fields": told})
    for field in card.fields:
        if not field.short:
            said = _plain(f"{field.name}\n{field.value}", SLACK_TEXT)
            blocks.append({"type": "section", "text": said})
    if card.footer:
        blocks.append({"type": "context", "elements": [_plain(card.footer, SLACK_FIELD)]})
    fallback = clipped(card.title, SLACK_TITLE)
    return {"color": f"#{card.color:06x}", "fallback": fallback, "blocks": blocks}


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
        title=clipped(f"Not triaged · {ticket.subject or ticket.ref.shown}", DISCORD_TITLE),
        text="No language model gave a usable answer. Please look at this ticket yourselves.",
        color=GREY,
        fields=(
            _short("Ticket", ticket.ref.shown),
            CardField(name="Why", value=clipped(reason, 1_000) or "unknown"),
            CardField(name="Try again", value=f"starter.py triage retry {ticket.ref.shown}"),
        ),
        footer="Triage failed",
    )


def _footer(told: Told) -> str:
    by = f"{told.provider} ({told.model})" if told.model else told.provider
    repaired = ", second answer" if told.repaired else ""
    return clipped(f"Triaged by {by}{repaired}", 400)


def _short(name: str, value: str) -> CardField:
    return CardField(name=name, value=clipped(one_line(value), 300), short=True)


def _words(value: str) -> str:
    return value.replace("_", " ")


def _listed(items: tuple[str, ...]) -> str:
    return "\n".join(f"• {item}" for item in items)


def _plain(text: str, limit: int) -> dict[str, Any]:
    return {"type": "plain_text", "text": clipped(text, limit) or " ", "emoji": False}


def _quoted(text: str) -> str:
    """Discord gives these a meaning; a backslash takes it away."""
    return "".join(f"\\{letter}" if letter in "\\*_~`|>#[]()<@" else letter for letter in text)
