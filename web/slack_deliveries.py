"""A press of a button as a delivery: what is kept of it, and what tells it from another one."""

import json
import re
from datetime import datetime
from hashlib import sha256

from contracts.webhooks import DELIVERY_ID, ReceivedDelivery
from db.webhook_endpoints import Entrance
from policy.payloads import Payload

# Keys to Slack, good for minutes to hours, that nobody needs later.
SECRET = ("response_url", "response_urls", "token", "trigger_id")


def delivery_of(
    entrance: Entrance, written: bytes, payload: Payload, at: datetime
) -> ReceivedDelivery:
    """Each press has its own trigger id, and so is a delivery of its own; where it is missing, the
    content is the id."""
    body = _without_secrets(payload) or written
    trigger = payload.text("trigger_id")
    once = trigger if re.fullmatch(DELIVERY_ID, trigger) else sha256(written).hexdigest()
    return entrance.received(
        body,
        delivery_id=once,
        event_type=payload.line("type") or "unknown",
        received_at=at,
        payload_hash=sha256(body).hexdigest(),
        headers={"content-type": "application/json"},
    )


def _without_secrets(payload: Payload) -> bytes | None:
    if not isinstance(payload.value, dict) or not payload.value:
        return None
    kept = {name: value for name, value in payload.value.items() if name not in SECRET}
    return json.dumps(kept, ensure_ascii=False, separators=(",", ":")).encode()
