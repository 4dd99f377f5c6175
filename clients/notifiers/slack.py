"""Slack, by its own SDK: incoming webhooks, and bots that keep one thread per ticket."""

import asyncio
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
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
    redirected,
    retry_after,
    unreached,
    words,
)
from clients.notifiers.outgoing import Outgoing, addresses_of
from contracts.notifications import Message, ProviderAnswer
from contracts.text import clipped
from policy.cards import slack_attachment
from policy.slack_forms import approval_blocks

API = "https://slack.com/api/"
LIMIT = 39_000
# https://docs.slack.dev/apis/web-api/rate-limits and the errors of chat.postMessage that pass.
PASSING = frozenset({"ratelimited", "rate_limited", "internal_error", "fatal_error"})


async def slack(outgoing: Outgoing, message: Message, api: str) -> ProviderAnswer:
    """Raises UnsafeAddressError, DeclinedError and UnreachedError."""
    by_webhook = message.address.startswith(("https://", "http://"))
    place = outgoing.rules.place_of(message.address if by_webhook else api)
    try:
        async with (
            asyncio.timeout(outgoing.patience.total_seconds()),
            _session(await addresses_of(place)) as session,
        ):
            if by_webhook:
                return await _by_webhook(message, session)
            return await _by_bot(message, session, api)
    except TimeoutError:
        raise unreached(f"{place.host} did not answer in time") from None
    except (aiohttp.ClientError, OSError) as error:
        raise unreached(f"{place.host}: {type(error).__name__}") from None


async def _by_webhook(message: Message, session: aiohttp.ClientSession) -> ProviderAnswer:
    client = AsyncWebhookClient(message.address, session=session, retry_handlers=[])
    client.proxy = None  # The SDK takes one from the environment, whom nobody has judged.
    said = await client.send(
        text=_text(message),
        attachments=_attachments(message),
        blocks=_blocks(message),
        unfurl_links=False,
    )
    return judged(said.status_code, _lower(said.headers), said.body)


async def _by_bot(message: Message, session: aiohttp.ClientSession, api: str) -> ProviderAnswer:
    channel, _, token = message.address.partition(":")
    client = AsyncWebClient(token, base_url=api, session=session, retry_handlers=[])
    client.proxy = None
    try:
        said = await client.chat_postMessage(
            channel=channel,
            text=_text(message),
            attachments=_attachments(message),
            blocks=_blocks(message),
            thread_ts=message.thread_id,
            unfurl_links=False,
        )
    except SlackApiError as error:
        raise _fault(error.response) from None
    return delivered(said.status_code, str(said.data), message.thread_id or said.get("ts"))


def _fault(response: Any) -> Exception:
    """The SDK gives its own response, or aiohttp's when the body was no JSON."""
    code = int(getattr(response, "status_code", 0) or getattr(response, "status", 0))
    data = getattr(response, "data", None)
    said = words(f"{code}: {data}" if data else str(code))
    reason = str(data.get("error")) if isinstance(data, dict) else ""
    answer = ProviderAnswer(status=FAILED, code=code, said=said)
    if reason in PASSING or code == 429 or code >= 500:
        wish = retry_after(_lower(response.headers).get("retry-after"), datetime.now(UTC))
        return UnreachedError(answer, wish, at_fault=code != 429)
    return DeclinedError(answer)


def _text(message: Message) -> str:
    """https://docs.slack.dev/messaging/formatting-message-text#escaping: with these three escaped
    nobody's text can mention a channel or hide a link."""
    text = message.subject if message.card else f"{message.subject}\n{message.body}"
    for sign, escaped in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        text = text.replace(sign, escaped)
    return clipped(text, LIMIT)


def _attachments(message: Message) -> list[dict[str, Any]] | None:
    return [slack_attachment(message.card)] if message.card else None


def _blocks(message: Message) -> list[dict[str, Any]] | None:
    """With blocks, Slack shows the text in notifications alone."""
    if message.buttons is None:
        return None
    return approval_blocks(f"{message.subject}\n{message.body}", message.buttons.value)


def _lower(headers: Mapping[str, Any]) -> dict[str, str]:
    return {str(name).lower(): str(value) for name, value in headers.items()}


@asynccontextmanager
async def _session(addresses: list[str]) -> AsyncIterator[aiohttp.ClientSession]:
    """The SDK's requests have no switch for redirects: so the session refuses them."""
    connector = aiohttp.TCPConnector(resolver=_Pinned(addresses))
    async with aiohttp.ClientSession(connector=connector, middlewares=(_straight,)) as session:
        yield session


async def _straight(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    response = await handler(request)
    if 300 <= response.status < 400:
        response.close()
        raise redirected(response.status)
    return response


class _Pinned(AbstractResolver):
    """Leads aiohttp to the addresses that were judged, and to no others."""

    def __init__(self, addresses: list[str]) -> None:
        self._addresses = addresses

    async def resolve(self, host: str, port: int = 0, family: Any = 0) -> list[ResolveResult]:
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for address in self._addresses
        ]

    async def close(self) -> None:
        """Nothing is held."""
