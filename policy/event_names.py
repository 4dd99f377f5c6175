"""What a payload's event is called, where only a header would say it: for trying things out."""

import json
from typing import Any

from contracts.webhooks import WebhookSource

# GitHub: the first of these whose parts are all there.
GITHUB = (
    ("pull_request_review_comment", ("pull_request", "comment")),
    ("pull_request_review", ("pull_request", "review")),
    ("pull_request", ("pull_request",)),
    ("issue_comment", ("issue", "comment")),
    ("issues", ("issue",)),
    ("check_run", ("check_run",)),
    ("check_suite", ("check_suite",)),
    ("workflow_run", ("workflow_run",)),
    ("status", ("state", "sha", "context")),
    ("push", ("ref", "after", "commits")),
    ("create", ("ref", "ref_type", "master_branch")),
    ("ping", ("zen",)),
)


SAYING = ("object_kind", "webhookEvent", "subscriptionType", "type")
UNKNOWN = "unknown"


def event_of(source: WebhookSource, body: bytes) -> str:
    """UNKNOWN where neither a field nor the parts of the payload tell."""
    try:
        payload: Any = json.loads(body)
    except (ValueError, RecursionError):
        payload = None
    first = payload[0] if isinstance(payload, list) and payload else payload
    known = first if isinstance(first, dict) else {}
    if source is WebhookSource.GITHUB:
        return next((name for name, parts in GITHUB if known.keys() >= set(parts)), UNKNOWN)
    said = (known.get(name) for name in SAYING)
    return next((one for one in said if isinstance(one, str) and one), UNKNOWN)
