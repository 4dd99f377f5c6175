"""Requests signed as providers sign them."""

import base64
from collections.abc import Mapping
from datetime import UTC, datetime

from contracts.webhooks import WebhookSource
from policy.signatures import SignedRequest
from policy.signing import Posting, signed_headers

NOW = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
SECRET, BODY = "It's a Secret to Everybody", b"Hello, World!"
# https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries
PUBLISHED = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
KEY = "whsec_" + base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()
HUB = {
    WebhookSource.GITHUB: "x-hub-signature-256",
    WebhookSource.BITBUCKET: "x-hub-signature",
    WebhookSource.JIRA: "x-hub-signature",
}
URI = "https://slipway.example.org/webhooks/hubspot"


def request(headers: Mapping[str, str], body: bytes = BODY, uri: str = URI) -> SignedRequest:
    return SignedRequest({name: [value] for name, value in headers.items()}, body, "POST", uri)


def sent(source: WebhookSource, secret: str = KEY, body: bytes = BODY) -> SignedRequest:
    posting = Posting(body, secret, "one", "event", NOW, URI)
    return request(signed_headers(source, posting), body)
