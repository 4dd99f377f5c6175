"""Deliveries as they are shown."""

import json
from collections.abc import Sequence
from typing import Any

from cli.terminal import output, plain
from db.models import WebhookEvent


def show(rows: Sequence[WebhookEvent], as_json_: bool) -> None:
    for row in rows:
        output().print(as_json(row) if as_json_ else line(row))


def line(row: WebhookEvent) -> str:
    at = f"{row.received_at:%Y-%m-%d %H:%M:%S}"
    what = f"{row.source.lower()} {plain(row.event_type, 60)}"
    why = f": {plain(row.error_message, 200)}" if row.error_message else ""
    return f"{row.id}  {at}  {row.status}  {what}{why}"


def as_json(row: WebhookEvent, *, with_payload: bool = False) -> str:
    """One object a line."""
    told: dict[str, Any] = {
        "id": str(row.id),
        "source": row.source,
        "deliveryId": row.delivery_id,
        "eventType": row.event_type,
        "status": row.status,
        "receivedAt": row.received_at.isoformat(),
        "processedAt": row.processed_at.isoformat() if row.processed_at else None,
        "retries": row.retry_count,
        "replays": row.replays,
        "conflicts": row.conflicts,
        "error": row.error_message,
        "workflowId": row.workflow_id,
    }
    if with_payload:
        told |= {"headers": row.headers, "payload": row.payload}
    return json.dumps(told)


def in_full(row: WebhookEvent) -> str:
    told = [
        line(row),
        f"delivery id  {plain(row.delivery_id, 255)}",
        f"workflow     {row.workflow_id}",
        f"replays      {row.replays}",
    ]
    if row.conflicts:
        told.append(f"conflicts    {row.conflicts} with another body; this is the first one")
    # Escapes keep a payload from controlling the terminal.
    return "\n".join([*told, json.dumps(row.payload, indent=2)])
