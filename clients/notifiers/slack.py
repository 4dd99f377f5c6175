"""Slack, by its own SDK: incoming webhooks, and bots that keep one thread per ticket."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from clients.notifiers.answers import (
    FAILED,
    DeclinedError,
    UnreachedError,
    delivered,
    judged,
    retry_after,
    unreached,
    words,
)
from clients.notifiers.outgoing import Outgoing, addresses_of
from contracts.notifications import Answer, Message
from contracts.text import clipped
from policy.addresses import OutgoingRules

API = "https://slack.com/api/"
LIMIT = 39_000
# https://docs.slack.dev/apis/web-api/rate-limits and the errors of chat.postMessage that pass.
PASSING = frozenset({"ratelimited", "rate_limited", "internal_error", "fatal_error", "timeout"})
"""Slack's own names; all others are final."""


async def slack(outgoing: Outgoing, message: Message, api: str = API) -> Answer:
    """Raises UnsafeAddressError, DeclinedError and UnreachedError."""
    try:
        async with asyncio.timeout(outgoing.patience.total_seconds()), _session(outgoing) as session:
            if message.address.startswith(("https://", "http://")):
                return await _by_webhook(outgoing, message, session)
            return await _by_bot(message, session, api)
    except TimeoutError:
        raise unreached("Slack did not answer in time") from None
    except (aiohttp.ClientError, OSError) as error:
        raise unreached(f"Slack: {type(error).__name__}") from None


async def _by_webhook(
    outgoing: Outgoing, message: Message, session: aiohttp.ClientSession
) -> Answer:
    place = outgoing.rules.place_of(message.address)
    await addresses_of(place)
    client = AsyncWebhookClient(message.address, session=session, retry_handlers=[])
    said = await client.send(text=_text(message), unfurl_links=False)
    headers = {str(name).lower(): str(value) for name, value in said.headers.items()}
    return judged(said.status_code, headers, said.body)


async def _by_bot(message: Message, session: aiohttp.ClientSession, api: str) -> Answer:
    channel, _, token = message.address.partition(":")
    client = AsyncWebClient(token, base_url=api, session=session, retry_handlers=[])
    try:
        said = await client.chat_postMessage(
            channel=channel, text=_text(message), thread_ts=message.thread_id, unfurl_links=False
        )
    except SlackApiError as error:
        raise _fault(error.response) from None
    ts = said.get("ts")
    return delivered(said.status_code, str(said.data), message.thread_id or ts)


def _fault(response: Any) -> Exception:
    """The SDK gives its own response, or aiohttp's when the body was no JSON."""
    code = int(getattr(response, "status_code", 0) or getattr(response, "status", 0))
    data = getattr(response, "data", None)
    said = words(f"{code}: {data}" if data else str(code))
    reason = str(data.get("error")) if isinstance(data, dict) else ""
    answer = Answer(status=FAILED, code=code, said=said)
    if reason in PASSING or code == 429 or code >= 500:
        headers = {str(name).lower(): str(value) for name, value in response.headers.items()}
        return UnreachedError(answer, retry_after(headers), at_fault="rate" not in reason)
    return DeclinedError(answer)


def _text(message: Message) -> str:
    """https://docs.slack.dev/messaging/formatting-message-text#escaping: with these three escaped
    nobody's text can mention a channel or hide a link."""
    text = f"{message.subject}\n{message.body}"
    for sign, escaped in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        text = text.replace(sign, escaped)
    return clipped(text, LIMIT)


class _Judging(AbstractResolver):
    """aiohttp connects to what this gives it, and to nothing else."""

    def __init__(self, rules: OutgoingRules) -> None:
        self._rules = rules

    async def resolve(self, host: str, port: int = 0, family: Any = 0) -> list[ResolveResult]:
        scheme = "http" if f"http://{host}:{port}" in self._rules.trusted else "https"
        addresses = await addresses_of(self._rules.place_of(f"{scheme}://{host}:{port}/"))
        return [
            ResolveResult(
                hostname=host, host=address, port=port, family=_family(address), proto=0, flags=0
            )
            for address in addresses
        ]

    async def close(self) -> None:
        """Nothing is held."""
