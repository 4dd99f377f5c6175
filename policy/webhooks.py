"""What a provider's request says of itself: which deliveries it holds, their ids and events."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from typing import Any

from pydantic import JsonValue

from contracts.webhooks import DELIVERY_ID, WebhookSource
from policy.forms import json_of
from policy.signatures import SignedRequest
from policy.strict_json import UnreadableError, array_items, read_json

ITEMS = 1_000
UNKNOWN = "unknown"
NAMED = 200
# Jira repeats what was not taken up to five times, 5 to 15 minutes apart, with the same time in it:
# https://developer.atlassian.com/server/jira/platform/webhooks/
JIRA_REPEATS = timedelta(hours=2)
JIRA_AHEAD = timedelta(minutes=5)
MILLISECOND = timedelta(milliseconds=1)
IDS: Mapping[WebhookSource, Sequence[str]] = {
    WebhookSource.GITHUB: ("x-github-delivery",),
    WebhookSource.GITLAB: ("idempotency-key", "x-gitlab-event-uuid"),
    WebhookSource.BITBUCKET: ("x-request-uuid", "x-request-id"),
    WebhookSource.JIRA: ("x-atlassian-webhook-identifier",),
    WebhookSource.STANDARD: ("webhook-id", "svix-id"),
}
# By its signature's header: the id that is signed with the body. One beside it may be anybody's.
SIGNED_IDS: Mapping[WebhookSource, Mapping[str, str]] = {
    WebhookSource.GITLAB: {"webhook-signature": "webhook-id"},
    WebhookSource.STANDARD: {"webhook-signature": "webhook-id", "svix-signature": "svix-id"},
}
EVENTS = {
    WebhookSource.GITHUB: "x-github-event",
    WebhookSource.GITLAB: "x-gitlab-event",
    WebhookSource.BITBUCKET: "x-event-key",
}
EVENT_FIELDS = {WebhookSource.JIRA: "webhookEvent", WebhookSource.STANDARD: "type"}
KEPT = re.compile(
    r"x-github-(event|delivery|hook-id|hook-installation-target-(id|type))"
    r"|x-gitlab-(event|event-uuid|webhook-uuid|instance)|idempotency-key"
    r"|x-event-key|x-request-(id|uuid)|x-hook-uuid|x-attempt-number"
    r"|x-atlassian-webhook-(identifier|retry)|(webhook|svix)-(id|timestamp)"
    r"|x-hubspot-request-timestamp|content-type|user-agent"
)


class NoDeliveryIdError(ValueError):
    """An authentic request without what tells it from its repetitions."""


class StaleError(ValueError):
    """An authentic request whose body says that it is too old, or of the future."""


@dataclass(frozen=True)
class Item:
    """One delivery within a request. `unreadable` says why there is no payload."""

    delivery_id: str
    event_type: str
    body: bytes
    hash: str
    payload: JsonValue = None
    unreadable: str | None = None


def deliveries(source: WebhookSource, request: SignedRequest, now: datetime | None) -> list[Item]:
    """At least one. Whatever the body is, it is kept. `now` is None where nobody asks how old it
    is. Raises StaleError, then NoDeliveryIdError."""
    if source is WebhookSource.HUBSPOT:
        return _hubspot(request.body)
    payload: dict[str, JsonValue] = {}
    unreadable = None
    try:
        payload = _object_in(source, request)
    except UnreadableError as error:
        unreadable = str(error)
    if now is not None and not timely(source, payload, now):
        raise StaleError(f"not sent by {source.lower()} a moment ago")
    return [
        Item(
            _delivery_id(source, request),
            _event(source, request, payload),
            request.body,
            sha256(request.body).hexdigest(),
            None if unreadable else payload,
            unreadable,
        )
    ]


def _object_in(source: WebhookSource, request: SignedRequest) -> dict[str, JsonValue]:
    content_type = request.header("content-type")
    payload = read_json(json_of(source, content_type, request.body))
    if not isinstance(payload, dict):
        raise UnreadableError("not an object")
    return payload


def timely(source: WebhookSource, payload: Mapping[str, JsonValue], now: datetime) -> bool:
    """Whether the time in the body, where there is one, is recent: its sender's headers are not
    signed, so that an old body could come under a new id."""
    at = payload.get("timestamp")
    if source is not WebhookSource.JIRA or isinstance(at, bool) or not isinstance(at, int | float):
        return True
    # Whole numbers, however long: a division would make an error of some.
    age = int(now.timestamp() * 1_000) - at
    return -JIRA_AHEAD / MILLISECOND <= age <= JIRA_REPEATS / MILLISECOND


def kept_headers(request: SignedRequest) -> dict[str, str]:
    """Those that say something of the delivery; never a signature, a token, an address."""
    return {
        name: _printable(values[0]) for name, values in request.headers.items() if _is_kept(name)
    }


@lru_cache(1_000)
def _is_kept(name: str) -> bool:
    return KEPT.fullmatch(name) is not None


def _delivery_id(source: WebhookSource, request: SignedRequest) -> str:
    names = _id_headers(source, request)
    for name in names:
        found = request.header(name)
        if found is not None and re.fullmatch(DELIVERY_ID, found):
            return found
    raise NoDeliveryIdError(f"no delivery id in {' or '.join(names)}")


def _id_headers(source: WebhookSource, request: SignedRequest) -> Sequence[str]:
    for signature, name in SIGNED_IDS.get(source, {}).items():
        if signature in request.headers:
            return (name,)
    return IDS.get(source, ())


def _event(source: WebhookSource, request: SignedRequest, payload: Mapping[str, Any]) -> str:
    header, field = EVENTS.get(source), EVENT_FIELDS.get(source)
    found = request.header(header) if header else payload.get(field or "")
    return _printable(found) or UNKNOWN if isinstance(found, str) else UNKNOWN


def _printable(text: str) -> str:
    if not text.isprintable():
        text = "".join(letter for letter in text if letter.isprintable())
    return text[:NAMED].strip()


def _hubspot(body: bytes) -> list[Item]:
    """A batch: each of its events is a delivery, and a bad one spoils no other."""
    try:
        parts = array_items(body)
        if not parts or len(parts) > ITEMS:
            raise UnreadableError(f"an array of {len(parts):,} events")
    except UnreadableError as error:
        return [_nameless(body, str(error))]
    return [_hubspot_event(part) for part in parts]


def _hubspot_event(part: bytes) -> Item:
    try:
        event = read_json(part)
    except UnreadableError as error:
        return _nameless(part, str(error))
    if not isinstance(event, dict):
        return _nameless(part, "not an object")
    identity = ":".join(str(event.get(name, "")) for name in HUBSPOT_ID)
    if not all(isinstance(event.get(name), (int, str)) for name in HUBSPOT_ID) or not re.fullmatch(
        DELIVERY_ID, identity
    ):
        return _nameless(part, f"without {', '.join(HUBSPOT_ID)}")
    said = event.get("subscriptionType")
    named = _printable(said) if isinstance(said, str) else ""
    # A repetition differs in this field alone.
    content = sorted((key, repr(value)) for key, value in event.items() if key != "attemptNumber")
    return Item(identity, named or UNKNOWN, part, sha256(repr(content).encode()).hexdigest(), event)


HUBSPOT_ID = ("eventId", "subscriptionId", "occurredAt")


def _nameless(body: bytes, why: str) -> Item:
    """Its content is its id, so that a repetition is known."""
    digest = sha256(body).hexdigest()
    return Item(f"unreadable:{digest}", UNKNOWN, body, digest, unreadable=why)
