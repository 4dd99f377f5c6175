"""Whether a webhook's request comes from who holds the secret, for each provider's scheme.

Every check is over the raw body and takes the same time for a wrong secret as for the right one.
"""

import base64
import binascii
import hmac
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from contracts.webhooks import WebhookSource

WINDOW = timedelta(minutes=5)
SIGNATURES = 16
"""How many of a header's signatures are looked at: a rotation needs two."""
WHSEC = "whsec_"
WHOLE = re.compile(r"[0-9]{1,15}")
# https://developers.hubspot.com/docs/apps/legacy-apps/authentication/validating-requests
HUBSPOT_DECODED = re.compile("%(3A|2F|3F|40|21|24|27|28|29|2A|2C|3B)", re.IGNORECASE)


@dataclass(frozen=True)
class SignedRequest:
    """`headers` by name in small letters, each with every value it came with; `uri` is the public
    one, which HubSpot signs."""

    headers: Mapping[str, Sequence[str]]
    body: bytes
    method: str = "POST"
    uri: str = ""

    def header(self, name: str) -> str | None:
        """None too when it came twice: nobody could say which of them counts."""
        values = self.headers.get(name, ())
        return values[0] if len(values) == 1 else None


def authentic(source: WebhookSource, request: SignedRequest, secrets: Sequence[str]) -> bool:
    """Whether one of the secrets signed it. Never without secrets."""
    return SCHEMES[source](request, [secret for secret in secrets if secret])


def fresh(source: WebhookSource, request: SignedRequest, now: datetime) -> bool:
    """Whether the time in its headers is within the window; true where headers tell none."""
    if source is WebhookSource.HUBSPOT:
        return _within(request.header("x-hubspot-request-timestamp"), now, milliseconds=True)
    if source is WebhookSource.SLACK:
        return _within(request.header("x-slack-request-timestamp"), now)
    if source is WebhookSource.STANDARD:
        return _within(_standard(request, "timestamp"), now)
    if source is WebhookSource.GITLAB and "webhook-signature" in request.headers:
        return _within(request.header("webhook-timestamp"), now)
    return True


def _within(written: str | None, now: datetime, *, milliseconds: bool = False) -> bool:
    if written is None or WHOLE.fullmatch(written) is None:
        return False
    seconds = int(written) / (1_000 if milliseconds else 1)
    return abs(now.timestamp() - seconds) <= WINDOW.total_seconds()


def _hub(header: str) -> Callable[[SignedRequest, Sequence[str]], bool]:
    def check(request: SignedRequest, secrets: Sequence[str]) -> bool:
        expected = [f"sha256={_hmac(secret, request.body).hex()}" for secret in secrets]
        return _one_of([request.header(header)], expected)

    return check


def _gitlab(request: SignedRequest, secrets: Sequence[str]) -> bool:
    """A request with a signature is never let in by its token, nor a signing key taken for one."""
    if "webhook-signature" in request.headers:
        keys = [secret for secret in secrets if secret.startswith(WHSEC)]
        return _standard_webhooks(request, keys)
    tokens = [secret for secret in secrets if not secret.startswith(WHSEC)]
    return _one_of([request.header("x-gitlab-token")], tokens)


def _hubspot(request: SignedRequest, secrets: Sequence[str]) -> bool:
    at = request.header("x-hubspot-request-timestamp") or ""
    path, mark, query = request.uri.partition("?")
    uri = path + mark + HUBSPOT_DECODED.sub(lambda found: chr(int(found[1], 16)), query)
    signed = f"{request.method}{uri}".encode() + request.body + _bytes(at)
    expected = [base64.b64encode(_hmac(secret, signed)).decode() for secret in secrets]
    return _one_of([request.header("x-hubspot-signature-v3")], expected)


def _slack(request: SignedRequest, secrets: Sequence[str]) -> bool:
    at = request.header("x-slack-request-timestamp") or ""
    signed = b"v0:" + _bytes(at) + b":" + request.body
    expected = [f"v0={_hmac(secret, signed).hex()}" for secret in secrets]
    return _one_of([request.header("x-slack-signature")], expected)


def _standard_webhooks(request: SignedRequest, secrets: Sequence[str]) -> bool:
    """https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md"""
    identity, at = _standard(request, "id") or "", _standard(request, "timestamp") or ""
    signed = _bytes(f"{identity}.{at}.") + request.body
    keys = [key for key in map(signing_key, secrets) if key]
    digests = [hmac.digest(key, signed, "sha256") for key in keys]
    expected = [f"v1,{base64.b64encode(digest).decode()}" for digest in digests]
    given = (_standard(request, "signature") or "").split(" ", SIGNATURES)[:SIGNATURES]
    return _one_of(given, expected)


def signing_key(secret: str) -> bytes | None:
    """The key within `whsec_…`; None when it is not base64."""
    try:
        return base64.b64decode(secret.removeprefix(WHSEC), validate=True)
    except (binascii.Error, ValueError):
        return None


def _standard(request: SignedRequest, name: str) -> str | None:
    """Senders of one family of libraries call the headers svix-*."""
    prefix = "webhook" if "webhook-signature" in request.headers else "svix"
    return request.header(f"{prefix}-{name}")


def _hmac(secret: str, message: bytes) -> bytes:
    return hmac.digest(secret.encode(), message, sha256)


def _one_of(given: Sequence[str | None], expected: Sequence[str]) -> bool:
    """All are compared with all, so that the time tells nothing of which one it was."""
    found = [
        hmac.compare_digest(_bytes(one or ""), right.encode())
        for one in given
        for right in expected
        if right
    ]
    return any(found)


def _bytes(header: str) -> bytes:
    """As it came over the wire, whatever the bytes were."""
    return header.encode("latin-1", "replace")


SCHEMES: Mapping[WebhookSource, Callable[[SignedRequest, Sequence[str]], bool]] = {
    WebhookSource.GITHUB: _hub("x-hub-signature-256"),
    WebhookSource.GITLAB: _gitlab,
    WebhookSource.BITBUCKET: _hub("x-hub-signature"),
    WebhookSource.JIRA: _hub("x-hub-signature"),
    WebhookSource.HUBSPOT: _hubspot,
    WebhookSource.SLACK: _slack,
    WebhookSource.STANDARD: _standard_webhooks,
}
