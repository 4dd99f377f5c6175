"""Discord, Teams, PagerDuty and signed webhooks: each a documented POST of one JSON object."""

import json
from typing import Any

from standardwebhooks import Webhook

from clients.notifiers.answers import FAILED, DeclinedError
from clients.notifiers.outgoing import Letter, Outgoing
from contracts.notifications import Message, ProviderAnswer
from contracts.text import clipped
from policy.cards import as_written, discord_embed

PAGERDUTY = "https://events.pagerduty.com/v2/enqueue"
JSON = {"Content-Type": "application/json", "User-Agent": "Slipway"}
DISCORD_LIMIT, TEAMS_LIMIT = 2_000, 10_000


async def discord(outgoing: Outgoing, message: Message) -> ProviderAnswer:
    """https://discord.com/developers/docs/resources/webhook#execute-webhook. `wait` makes Discord
    answer only once the message is there. Nobody is pinged, and no link is hidden behind a word,
    whatever a ticket says."""
    told = f"**{as_written(message.subject)}**\n{as_written(message.body)}"
    text = clipped(told, DISCORD_LIMIT)
    waiting = "&" if "?" in message.address else "?"
    body: dict[str, Any] = {"content": text, "allowed_mentions": {"parse": []}}
    if message.card is not None:
        body |= {"content": "", "embeds": [discord_embed(message.card)]}
    return await outgoing.post(f"{message.address}{waiting}wait=true", _letter(body))


async def teams(outgoing: Outgoing, message: Message) -> ProviderAnswer:
    """A card for a Teams workflow ("when a webhook request is received"), whose schema is at
    https://adaptivecards.io/explorer. A TextRun shows its text as it is."""
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": [
            _plain(message.subject, weight="Bolder"),
            *(_plain(line) for line in clipped(message.body, TEAMS_LIMIT).splitlines() if line),
        ],
    }
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "content": card}
    return await outgoing.post(
        message.address, _letter({"type": "message", "attachments": [attachment]})
    )


async def pagerduty(outgoing: Outgoing, message: Message, url: str) -> ProviderAnswer:
    """https://developer.pagerduty.com/docs/events-api-v2/trigger-events. `dedup_key` makes a
    repetition no second alert."""
    body = {
        "routing_key": message.address,
        "event_action": "trigger",
        "dedup_key": message.key,
        "payload": {
            "summary": clipped(message.subject, 1_024),
            "source": "slipway",
            "severity": "critical" if message.urgent else "info",
            "component": message.topic,
            "class": message.event_type,
            "timestamp": message.at.isoformat(),
            "custom_details": {"text": message.body},
        },
    }
    return await outgoing.post(url, _letter(body))


async def webhook(outgoing: Outgoing, message: Message) -> ProviderAnswer:
    """https://www.standardwebhooks.com. The id is the same for every attempt; every secret signs,
    so that the receiver may know the new or the old one."""
    if not message.secrets:
        raise DeclinedError(
            ProviderAnswer(status=FAILED, said="the endpoint has no secret to sign with")
        )
    content = {
        "type": message.event_type,
        "timestamp": message.at.isoformat(),
        "data": {"subject": message.subject, "body": message.body, "topic": message.topic},
    }
    text = json.dumps(content)
    try:
        signatures = [
            Webhook(secret).sign(message.key, message.at, text) for secret in message.secrets
        ]
    except ValueError:
        said = "a secret of this endpoint is not base64"
        raise DeclinedError(ProviderAnswer(status=FAILED, said=said)) from None
    headers = {
        **JSON,
        "webhook-id": message.key,
        "webhook-timestamp": str(int(message.at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
    return await outgoing.post(message.address, Letter(text.encode(), headers))


def _plain(text: str, **how: Any) -> dict[str, Any]:
    return {"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": text, **how}]}


def _letter(body: dict[str, Any]) -> Letter:
    return Letter(json.dumps(body).encode(), JSON)
