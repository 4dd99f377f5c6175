"""Headers as each provider would send them: for trying things out, and for tests."""

import base64
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from contracts.webhooks import WebhookSource
from errors import MisuseError
from policy.signatures import signing_key


class UnsignableError(MisuseError):
    """Nobody can sign for this source, or not with this secret."""


@dataclass(frozen=True)
class Posting:
    """`uri` is the public one, which HubSpot signs; `event` is said where a header says it."""

    body: bytes
    secret: str
    delivery_id: str
    event: str
    at: datetime
    uri: str


def signed_headers(source: WebhookSource, posting: Posting) -> dict[str, str]:
    """Raises UnsignableError."""
    if source not in SIGNERS:
        raise UnsignableError(f"nothing can be sent as {source.lower()}")
    return {"content-type": "application/json", **SIGNERS[source](posting)}


def _hub(signature: str, delivery: str, event: str) -> Callable[[Posting], dict[str, str]]:
    def sign(posting: Posting) -> dict[str, str]:
        digest = hmac.digest(posting.secret.encode(), posting.body, "sha256").hex()
        return {
            signature: f"sha256={digest}",
            delivery: posting.delivery_id,
            event: posting.event,
        }

    return sign


def _jira(posting: Posting) -> dict[str, str]:
    digest = hmac.digest(posting.secret.encode(), posting.body, "sha256").hex()
    return {
        "x-hub-signature": f"sha256={digest}",
        "x-atlassian-webhook-identifier": posting.delivery_id,
    }


def _gitlab(posting: Posting) -> dict[str, str]:
    event = {"x-gitlab-event": posting.event}
    if posting.secret.startswith("whsec_"):
        return {**_standard(posting), **event}
    return {"x-gitlab-token": posting.secret, "idempotency-key": posting.delivery_id, **event}


def _hubspot(posting: Posting) -> dict[str, str]:
    at = str(int(posting.at.timestamp() * 1_000))
    signed = f"POST{posting.uri}".encode() + posting.body + at.encode()
    digest = hmac.digest(posting.secret.encode(), signed, "sha256")
    return {
        "x-hubspot-signature-v3": base64.b64encode(digest).decode(),
        "x-hubspot-request-timestamp": at,
    }


def _standard(posting: Posting) -> dict[str, str]:
    key, at = signing_key(posting.secret), str(int(posting.at.timestamp()))
    if not key:
        raise UnsignableError("the endpoint's secret is not base64")
    signed = f"{posting.delivery_id}.{at}.".encode() + posting.body
    digest = base64.b64encode(hmac.digest(key, signed, "sha256")).decode()
    return {
        "webhook-id": posting.delivery_id,
        "webhook-timestamp": at,
        "webhook-signature": f"v1,{digest}",
    }


SIGNERS: Mapping[WebhookSource, Callable[[Posting], dict[str, str]]] = {
    WebhookSource.GITHUB: _hub("x-hub-signature-256", "x-github-delivery", "x-github-event"),
    WebhookSource.GITLAB: _gitlab,
    WebhookSource.BITBUCKET: _hub("x-hub-signature", "x-request-uuid", "x-event-key"),
    WebhookSource.JIRA: _jira,
    WebhookSource.HUBSPOT: _hubspot,
    WebhookSource.STANDARD: _standard,
}
