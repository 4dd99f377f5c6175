"""Deliveries as they are shown."""

import json
from collections.abc import Sequence
from datetime import UTC
from typing import Any

from cli.terminal import output, plain
from cli.webhooks.outcomes import Outcomes
from db.models import WebhookEvent
from policy.webhook_authority import UNKNOWN

LINK = "starter.py users link EMAIL ACCOUNT, then starter.py webhooks replay {id}"
NOTHING = "Nothing like that came in. Where webhooks may come in: starter.py webhooks endpoint list"


def number_of(count: int) -> str:
    return "1 delivery" if count == 1 else f"{count} deliveries"


def show(rows: Sequence[WebhookEvent], outcomes: Outcomes, as_json_: bool) -> None:
    if as_json_:
        print(json.dumps([told(row, outcomes) for row in rows]))
        return
    if not rows:
        output().print(NOTHING)
    for row in rows:
        output().print(line(row, outcomes))


def line(row: WebhookEvent, outcomes: Outcomes) -> str:
    at = f"{row.received_at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    what = f"{row.source.lower()} {plain(row.event_type, 60)}"
    came = f": {plain('; '.join(outcomes[row.id]), 300)}" if outcomes[row.id] else ""
    return f"{row.id}  {at}  {row.status:<9}  {what}{came}"


def told(row: WebhookEvent, outcomes: Outcomes) -> dict[str, Any]:
    """Without headers and payload."""
    return {
        "id": str(row.id),
        "source": row.source,
        "delivery_id": row.delivery_id,
        "event_type": row.event_type,
        "status": row.status,
        "outcome": outcomes[row.id],
        "received_at": row.received_at.isoformat(),
        "processed_at": row.processed_at.isoformat() if row.processed_at else None,
        "retries": row.retry_count,
        "replays": row.replays,
        "conflicts": row.conflicts,
        "error": row.error_message,
        "workflow_id": row.workflow_id,
    }


def as_json(row: WebhookEvent, outcomes: Outcomes) -> str:
    content = {"headers": row.headers, "payload": row.payload}
    return json.dumps({**told(row, outcomes), **content})


def in_full(row: WebhookEvent, outcomes: Outcomes) -> str:
    lines = [
        line(row, outcomes),
        f"delivery id  {plain(row.delivery_id, 255)}",
        f"workflow     {row.workflow_id}",
        f"retries      {row.retry_count}",
        f"replays      {row.replays}",
    ]
    if row.conflicts:
        lines.append(f"conflicts    {row.conflicts} with another body; this is the first one")
    if (row.error_message or "").endswith(UNKNOWN):
        lines.append(f"what to do   {LINK.format(id=row.id)}")
    # Escapes keep a payload from controlling the terminal.
    return "\n".join([*lines, json.dumps(row.payload, indent=2)])
