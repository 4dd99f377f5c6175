"""The hash chain: what an event's identity and hash are made of."""

import hashlib
import json
from datetime import UTC, datetime
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from contracts.events import EVENT
from contracts.ledger import ChainedEvent


def event_id(workflow_id: str, sequence: int) -> UUID:
    return uuid5(NAMESPACE_URL, f"slipway:{workflow_id}:{sequence}")


def payload_of(event: ChainedEvent) -> dict[str, Any]:
    """The event's own fields as plain JSON, without its type: what `events.payload` holds."""
    payload: dict[str, Any] = EVENT.dump_python(event.event, mode="json")
    del payload["type"]
    return payload


def hash_of(event: ChainedEvent, payload: dict[str, Any]) -> str:
    """SHA-256, hex. Over plain JSON, not over models: what was written once is known for ever. But
    a run that a later version takes up makes its events again, so a field that is added needs an
    `exclude_if` that leaves out its default: another hash would break the chain."""
    content = {
        "sequence": event.sequence,
        "event_id": str(event.event_id),
        "timestamp": event.timestamp.astimezone(UTC).isoformat(timespec="microseconds"),
        "type": event.event.type,
        "phase": event.phase,
        "agent_name": event.agent_name,
        "actor": [event.actor.type, event.actor.id, event.actor.email],
        "correlation_id": str(event.correlation_id) if event.correlation_id else None,
        "payload": payload,
        "previous_hash": event.previous_hash,
    }
    return fingerprint(content)


def fingerprint(content: Any) -> str:
    """SHA-256 (hex) of JSON with sorted keys: the same content has the same fingerprint."""
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def row_id(timestamp: datetime, key: str) -> UUID:
    """A UUIDv7 that depends on nothing but its arguments, so that a table made anew from the
    events has the same ids."""
    milliseconds = int(timestamp.timestamp() * 1000)
    noise = int.from_bytes(hashlib.sha256(key.encode()).digest()[:10])
    value = (milliseconds & (2**48 - 1)) << 80 | noise
    value = value & ~(0xF000 << 64) | 0x7000 << 64
    value = value & ~(0xC000 << 48) | 0x8000 << 48
    return UUID(int=value)
