"""`POST /webhooks/…`: verify, keep, answer."""

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from contracts.webhooks import ReceivedDelivery, WebhookSource
from policy.forms import FORM
from policy.forms import SOURCES as SENDERS_OF_FORMS
from policy.refused_signatures import SignatureRefusal
from policy.signatures import SignedRequest, authentic, fresh
from policy.webhooks import Item, NoDeliveryIdError, StaleError, deliveries, kept_headers
from web.bodies import JSON, MIB, Bodies, TurnedAwayError, check_form
from web.callers import Callers
from web.entrances import Door, Entrances
from web.keeping import Keeper, Receipt
from web.measures import Measures
from web.refusals import refusal, unauthorised
from web.refused_deliveries import RefusedDeliveries

LIMITS = {"github": 25 * MIB}
# Beyond it, parsing and compressing would hold up everybody else.
LARGE = 64 * 1024
SOURCES = frozenset(source.lower() for source in WebhookSource)
SIGNS_URI = "x-hubspot-request-timestamp"
# Made once: Starlette's JSONResponse makes an encoder for each answer.
ENCODED = json.JSONEncoder(separators=(",", ":")).encode
FORMS = {source.lower(): (FORM,) for source in SENDERS_OF_FORMS}


@dataclass(frozen=True)
class Webhooks:
    """What an answer needs. `production` never lets in what is unsigned."""

    entrances: Entrances
    callers: Callers
    keeper: Keeper
    measures: Measures
    production: bool
    bodies: Bodies = field(default_factory=Bodies)
    refused: RefusedDeliveries = field(default_factory=RefusedDeliveries)
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def routes(self) -> list[Route]:
        return [
            Route("/webhooks/{source}", self, methods=["POST"]),
            Route("/webhooks/{source}/{project}", self, methods=["POST"]),
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """An application of its own: what Starlette puts around a function, this does without."""
        response = await self.answer(Request(scope, receive))
        await response(scope, receive, send)

    async def answer(self, request: Request) -> Response:
        began = monotonic()
        source = request.path_params["source"]
        try:
            answer = await self._kept(request, LIMITS.get(source, MIB))
        except TurnedAwayError as refused:
            answer = refusal(refused)
        took = timedelta(seconds=monotonic() - began)
        self.measures.answered(source if source in SOURCES else "other", answer.status_code, took)
        return answer

    async def _kept(self, request: Request, limit: int) -> Response:
        async with self.bodies.reading(request, limit) as body:
            signed = signed_request(request, body)
            check_form(signed.headers, *FORMS.get(request.path_params["source"], ()))
            await self.callers.admit(request)
            door = await self.entrances.at(request.scope["path"].removeprefix("/webhooks/"))
            self._verify(door, signed)
            self.entrances.note(door)
            received = await self._received(door, signed)
            return accepted(await self.keeper.keep(received))

    def _verify(self, door: Door, signed: SignedRequest) -> None:
        source = door.entrance.source
        if not door.entrance.secrets and door.entrance.unsigned_allowed and not self.production:
            return
        known = authentic(source, signed, door.secrets)
        if not known or not fresh(source, signed, self.clock()):
            self.refused.unsigned(door, signed, authentic=known)
            raise unauthorised()

    async def _received(self, door: Door, signed: SignedRequest) -> list[ReceivedDelivery]:
        source, now = door.entrance.source, self.clock()
        asked = (source, signed, now if door.secrets else None)
        try:
            if len(signed.body) > LARGE:
                items = await asyncio.to_thread(deliveries, *asked)
            else:
                items = deliveries(*asked)
        except StaleError:
            self.refused.note(door, SignatureRefusal.STALE)
            raise unauthorised() from None
        except NoDeliveryIdError as error:
            raise TurnedAwayError(400, str(error)) from None
        made = _making(door, kept_headers(signed), now)
        if len(signed.body) > LARGE:
            return await asyncio.to_thread(lambda: [made(item) for item in items])
        return [made(item) for item in items]


def _making(
    door: Door, headers: dict[str, str], now: datetime
) -> Callable[[Item], ReceivedDelivery]:
    def make(item: Item) -> ReceivedDelivery:
        return door.entrance.received(
            item.body,
            delivery_id=item.delivery_id,
            event_type=item.event_type,
            received_at=now,
            payload_hash=item.hash,
            headers=headers,
            unreadable=item.unreadable,
        )

    return make


def signed_request(request: Request, body: bytes) -> SignedRequest:
    headers: dict[str, list[str]] = {}
    for name, value in request.scope["headers"]:
        headers.setdefault(name.decode("latin-1"), []).append(value.decode("latin-1"))
    uri = _public_uri(request, headers) if SIGNS_URI in headers else ""
    return SignedRequest(headers, body, request.method, uri)


def _public_uri(request: Request, headers: dict[str, list[str]]) -> str:
    """As the sender wrote it; behind a proxy the scheme is what a trusted one says."""
    scope = request.scope
    path = scope.get("raw_path", scope["path"].encode()).decode("latin-1")
    query = scope["query_string"].decode("latin-1")
    host = headers.get("host", [""])[0]
    return f"{scope['scheme']}://{host}{path}" + (f"?{query}" if query else "")


def accepted(receipts: Sequence[Receipt]) -> Response:
    """`ids` only where a request held several."""
    new = any(receipt.new for receipt in receipts)
    content: dict[str, Any] = {"status": "accepted" if new else "duplicate", "id": receipts[0].id}
    if len(receipts) > 1:
        content["ids"] = [receipt.id for receipt in receipts]
    return Response(ENCODED(content), 202, media_type=JSON)
