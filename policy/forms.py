"""Deliveries that come as a web form: the JSON is in its field `payload`."""

import re
from collections.abc import Collection
from urllib.parse import unquote_to_bytes

from contracts.webhooks import WebhookSource
from policy.strict_json import UnreadableError

FORM = "application/x-www-form-urlencoded"
# GitHub lets people choose, and its own choice is the form:
# https://docs.github.com/en/webhooks/using-webhooks/creating-webhooks
SOURCES: Collection[WebhookSource] = frozenset({WebhookSource.GITHUB})
PAYLOAD = re.compile(rb"(?:^|&)payload=([^&]*)")


def json_of(source: WebhookSource, content_type: str | None, body: bytes) -> bytes:
    """The body itself where it is no form. Raises UnreadableError for one that holds no payload,
    or several."""
    kind = (content_type or "").partition(";")[0].strip().lower()
    if source not in SOURCES or kind != FORM:
        return body
    found = PAYLOAD.findall(body)
    if len(found) != 1:
        raise UnreadableError(f"a form with {len(found):,} payloads")
    return unquote_to_bytes(found[0].replace(b"+", b" "))
