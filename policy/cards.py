"""A card as each channel shows it, within the limits that the channel sets."""

from typing import Any

from contracts.cards import Card
from contracts.text import clipped

MAX_TEXT = 8_000
# https://discord.com/developers/docs/resources/message#embed-object-embed-limits
DISCORD_TITLE, DISCORD_TEXT, DISCORD_NAME, DISCORD_VALUE = 256, 4_096, 256, 1_024
DISCORD_FOOTER, DISCORD_FIELDS, DISCORD_ALL = 2_048, 25, 6_000
# https://docs.slack.dev/reference/block-kit/blocks: header, section, context.
SLACK_TITLE, SLACK_TEXT, SLACK_FIELD, SLACK_FIELDS = 150, 3_000, 2_000, 10


def as_text(card: Card) -> str:
    """For channels that have no cards."""
    lines = [card.text, *(f"{field.name}: {field.value}" for field in card.fields), card.footer]
    return clipped("\n".join(line for line in lines if line), MAX_TEXT)


def discord_embed(card: Card) -> dict[str, Any]:
    """An embed, at most 6,000 characters in all. Markdown of others is shown as they wrote it."""
    title, footer = clipped(card.title, DISCORD_TITLE), clipped(card.footer, DISCORD_FOOTER)
    room = DISCORD_ALL - len(title) - len(footer)
    text = clipped(as_written(card.text), min(DISCORD_TEXT, room))
    room -= len(text)
    fields = []
    for field in card.fields[:DISCORD_FIELDS]:
        name = clipped(field.name, DISCORD_NAME) or "…"
        least = len(name) + 100
        if room < least:
            break
        said = as_written(field.value).strip() or "none"
        value = clipped(said, min(DISCORD_VALUE, room - len(name)))
        fields.append({"name": name, "value": value, "inline": field.short})
        room -= len(name) + len(value)
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


def _plain(text: str, limit: int) -> dict[str, Any]:
    return {"type": "plain_text", "text": clipped(text, limit) or " ", "emoji": False}


def as_written(text: str) -> str:
    """Discord gives these a meaning; a backslash takes it away."""
    return "".join(f"\\{letter}" if letter in "\\*_~`|>#[]()<@" else letter for letter in text)
