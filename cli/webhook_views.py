"""Deliveries as they are shown."""

import json
from collections.abc import Sequence
from typing import Any

from cli.terminal import output, plain
from db.models import WebhookEvent

NOTHING = "Nothing like that came in. Where webhooks may come in: starter.py webhooks endpoint list"


def number_of(count: int) -> str:
    return "1 delivery" if count == 1 else f"{count} deliveries"


def show(rows: Sequence[WebhookEvent], as_json_: bool) -> None:
    if as_json_:
        print(json.dumps([told(row) for row in rows]))
        return
    if not rows:
        output().print(NOTHING)
    for row in rows:
        output().print(line(row))


def line(row: WebhookEvent) -> str:
    at = f"{row.received_at:%Y-%m-%d %H:%M:%S}"
    what = f"{row.source.lower()} {plain(row.event_type, 60)}"
    why = f": {plain(row.error_message, 200)}" if row.error_message else ""
    return f"{row.id}  {at}  {row.status}  {what}{why}"


def told(row: WebhookEvent) -> dict[str, Any]:
    """Without headers and payload."""
    return {
        "id": str(row.id),
        "source": row.source,
        "delivery_id": row.delivery_id,
        "event_type": row.event_type,
        "status": row.status,
        "received_at": row.received_at.isoformat(),
        "processed_at": row.processed_at.isoformat() if row.processed_at else None,
        "retries": row.retry_count,
        "replays": row.replays,
        "conflicts": row.conflicts,
        "error": row.error_message,
        "workflow_id": row.workflow_id,
    }


def as_json(row: WebhookEvent) -> str:
    return json.dumps({**told(row), "headers": row.headers, "payload": row.payload})


def in_full(row: WebhookEvent) -> str:
    lines = [
        line(row),
        f"delivery id  {plain(row.delivery_id, 255)}",
        f"workflow     {row.workflow_id}",
        f"replays      {row.replays}",
    ]
    if row.conflicts:
        lines.append(f"conflicts    {row.conflicts} with another body; this is the first one")
    # Escapes keep a payload from controlling the terminal.
    return "\n".join([*lines, json.dumps(row.payload, indent=2)])
