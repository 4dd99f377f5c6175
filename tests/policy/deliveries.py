"""Deliveries for routing: the samples in payloads/, written by hand in real shape, or anything."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from contracts.commands import Routed
from contracts.webhooks import Delivery, WebhookSource
from policy.house_rules import HouseRules
from policy.routing import route

PAYLOADS = Path(__file__).parent / "payloads"
RECEIVED_AT = datetime(2026, 3, 1, 9, 6, tzinfo=UTC)
RULES = HouseRules(own_accounts=frozenset({"github:900"}))
# Bitbucket names the event in a header alone.
EVENTS = {
    "bitbucket.pullrequest.created": "pullrequest:created",
    "bitbucket.pullrequest.fulfilled": "pullrequest:fulfilled",
    "bitbucket.pullrequest.approved": "pullrequest:approved",
    "bitbucket.pullrequest.changes": "pullrequest:changes_request_created",
    "bitbucket.pullrequest.comment": "pullrequest:comment_created",
    "bitbucket.push": "repo:push",
    "bitbucket.commit_status": "repo:commit_status_updated",
    "bitbucket.data_center.opened": "pr:opened",
    "bitbucket.data_center.merged": "pr:merged",
    "bitbucket.data_center.approved": "pr:reviewer:approved",
    "bitbucket.data_center.needs_work": "pr:reviewer:needs_work",
    "bitbucket.data_center.comment": "pr:comment:added",
    "bitbucket.data_center.push": "repo:refs_changed",
}
NAMES = sorted(path.stem for path in PAYLOADS.glob("*.json"))
KINDS = sorted({name.split(".")[1] for name in NAMES} | {*EVENTS.values()})


def delivered(source: str, event: str, payload: Any, id: str = "d-1") -> Delivery:
    return Delivery(
        id=UUID(int=1),
        endpoint_id=UUID(int=2),
        organization_id=UUID(int=3),
        organization="acme",
        source=WebhookSource(source.upper()),
        delivery_id=id,
        event_type=event,
        received_at=RECEIVED_AT,
        payload=payload,
    )


def routed(source: str, event: str, payload: Any, id: str = "d-1") -> Routed:
    return route(delivered(source, event, payload, id), RULES)


def payload_of(name: str) -> Any:
    return json.loads((PAYLOADS / f"{name}.json").read_text())


def of_sample(name: str, payload: Any = None) -> Routed:
    """With its own payload, or another one."""
    source, kind = name.split(".")[:2]
    return routed(source, EVENTS.get(name, kind), payload or payload_of(name))
