"""A payload that is sent by hand goes under the name that its provider would give it."""

import json

import pytest

from contracts.webhooks import WebhookSource
from policy.event_names import UNKNOWN, event_of
from tests.policy.deliveries import NAMES, payload_of

GITHUB = [name for name in NAMES if name.startswith("github.") and "star" not in name]


@pytest.mark.parametrize("name", GITHUB)
def test_github_payloads_are_known_by_their_parts(name: str) -> None:
    body = json.dumps(payload_of(name)).encode()
    assert event_of(WebhookSource.GITHUB, body) == name.split(".")[1]


@pytest.mark.parametrize(
    ("source", "body", "name"),
    [
        (WebhookSource.GITLAB, b'{"object_kind": "note"}', "note"),
        (WebhookSource.JIRA, b'{"webhookEvent": "comment_created"}', "comment_created"),
        (WebhookSource.STANDARD, b'{"type": "ticket.created"}', "ticket.created"),
        (WebhookSource.HUBSPOT, b'[{"subscriptionType": "ticket.creation"}]', "ticket.creation"),
        (WebhookSource.HUBSPOT, b"[]", UNKNOWN),
        (WebhookSource.GITHUB, b"{}", UNKNOWN),
        (WebhookSource.BITBUCKET, b'{"type": 1}', UNKNOWN),
        (WebhookSource.GITHUB, b"[" * 100_000, UNKNOWN),
        (WebhookSource.GITHUB, b"\xff", UNKNOWN),
    ],
)
def test_others_say_it_or_nobody_knows(source: WebhookSource, body: bytes, name: str) -> None:
    assert event_of(source, body) == name
