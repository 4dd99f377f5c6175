"""Which deliveries a request holds, and what they are called."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.webhooks import WebhookSource
from policy.signatures import SignedRequest
from policy.webhooks import Item, NoDeliveryIdError, StaleError, deliveries, kept_headers, timely

NOW = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
PAYLOAD = b'{"webhookEvent": "jira:issue_updated", "type": "invoice.paid"}'
NAMES = [
    (WebhookSource.GITHUB, "x-github-delivery", "x-github-event", "pull_request"),
    (WebhookSource.GITLAB, "idempotency-key", "x-gitlab-event", "Note Hook"),
    (WebhookSource.GITLAB, "x-gitlab-event-uuid", "x-gitlab-event", "Push Hook"),
    (WebhookSource.BITBUCKET, "x-request-uuid", "x-event-key", "pullrequest:created"),
    (WebhookSource.BITBUCKET, "x-request-id", "x-event-key", "pr:opened"),
    (WebhookSource.JIRA, "x-atlassian-webhook-identifier", "x", "jira:issue_updated"),
    (WebhookSource.STANDARD, "webhook-id", "x", "invoice.paid"),
    (WebhookSource.STANDARD, "svix-id", "x", "invoice.paid"),
]


def ask(source: WebhookSource, body: bytes = PAYLOAD, **headers: str) -> list[Item]:
    found = {name.replace("_", "-"): [value] for name, value in headers.items()}
    return deliveries(source, SignedRequest(found, body), NOW)


@pytest.mark.parametrize(("source", "identity", "header", "event"), NAMES)
def test_each_source_names_delivery_and_event_its_own_way(
    source: WebhookSource, identity: str, header: str, event: str
) -> None:
    [item] = deliveries(source, SignedRequest({identity: ["one"], header: [event]}, PAYLOAD), NOW)
    assert (item.delivery_id, item.event_type, item.unreadable) == ("one", event, None)


def test_gitlabs_first_name_counts() -> None:
    [item] = ask(WebhookSource.GITLAB, webhook_id="a", idempotency_key="b", x_gitlab_event_uuid="c")
    assert item.delivery_id == "b"


@pytest.mark.parametrize(
    ("source", "signature", "identity"),
    [
        (WebhookSource.GITLAB, "webhook-signature", "webhook-id"),
        (WebhookSource.STANDARD, "webhook-signature", "webhook-id"),
        (WebhookSource.STANDARD, "svix-signature", "svix-id"),
    ],
)
def test_the_id_that_is_signed_counts_and_no_other(
    source: WebhookSource, signature: str, identity: str
) -> None:
    others = {name: ["other"] for other, name, *_ in NAMES if other is source}
    headers = {**others, identity: ["one"], signature: ["v1,x"]}
    assert [
        one.delivery_id for one in deliveries(source, SignedRequest(headers, PAYLOAD), NOW)
    ] == ["one"]
    del headers[identity]
    with pytest.raises(NoDeliveryIdError):
        deliveries(source, SignedRequest(headers, PAYLOAD), NOW)


@pytest.mark.parametrize("source", [source for source, *_ in NAMES])
@pytest.mark.parametrize("identity", [None, "", "a b", "\xe9", "x" * 256])
def test_without_a_usable_id_there_is_no_delivery(
    source: WebhookSource, identity: str | None
) -> None:
    names = [name for other, name, *_ in NAMES if other is source]
    headers = {name: [identity] for name in names} if identity is not None else {}
    with pytest.raises(NoDeliveryIdError):
        deliveries(source, SignedRequest(headers, PAYLOAD), NOW)


@pytest.mark.parametrize("body", [b"", b"[]", b"1", b"null", b'{"a":1,"a":2}', b"\xff"])
def test_an_unreadable_body_is_a_delivery_without_payload(body: bytes) -> None:
    [item] = ask(WebhookSource.GITHUB, body, x_github_delivery="one", x_github_event="push")
    assert item.unreadable
    assert (item.delivery_id, item.event_type, item.payload, item.body) == (
        "one",
        "push",
        None,
        body,
    )


def event(number: int, **more: Any) -> dict[str, Any]:
    named = {"eventId": number, "subscriptionId": 7, "occurredAt": 1_795_248_000_000}
    return {**named, "subscriptionType": "ticket.creation", "objectId": number, **more}


def hubspot(*events: Any) -> list[Item]:
    return ask(WebhookSource.HUBSPOT, json.dumps(events).encode())


def test_a_hubspot_batch_is_as_many_deliveries() -> None:
    items = hubspot(*(event(number) for number in range(100)))
    assert len({item.delivery_id for item in items}) == 100
    assert items[3].delivery_id == "3:7:1795248000000"
    assert {item.event_type for item in items} == {"ticket.creation"}


@pytest.mark.parametrize(
    "bad",
    [
        b"1",
        b"{}",
        b'{"eventId": 1, "eventId": 2}',
        b'["\\u0000"]',
        b'{"eventId": null}',
        b"9" * 5_000,
        b"[" * 20_000 + b"]" * 20_000,
        b'{"eventId": "\xff"}',
    ],
    ids=range(8),
)
def test_one_bad_event_spoils_no_other(bad: bytes) -> None:
    good = [json.dumps(event(number)).encode() for number in range(99)]
    body = b"[" + b", ".join([*good[:50], bad, *good[50:]]) + b"]"
    items = ask(WebhookSource.HUBSPOT, body)
    assert [item.body for item in items if item.unreadable] == [bad]
    assert sum(item.payload is not None for item in items) == 99


@pytest.mark.parametrize("body", [b"{}", b"[]", b"[", b"\xff", b"[" + b"1," * 1_000 + b"1]"])
def test_a_batch_that_is_none_is_one_dead_letter(body: bytes) -> None:
    first, second = ask(WebhookSource.HUBSPOT, body), ask(WebhookSource.HUBSPOT, body)
    assert first == second
    assert [bool(item.unreadable) for item in first] == [True]


def test_hubspots_repetition_is_known_although_it_counts_its_attempts() -> None:
    [first], [again] = hubspot(event(1, attemptNumber=0)), hubspot(event(1, attemptNumber=1))
    [other] = hubspot(event(1, attemptNumber=0, objectId=2))
    assert first.hash == again.hash != other.hash


@pytest.mark.parametrize(
    ("age", "is_timely"),
    [
        (timedelta(0), True),
        (timedelta(minutes=75), True),
        (timedelta(hours=2, seconds=1), False),
        (-timedelta(minutes=5, seconds=1), False),
    ],
)
def test_jira_repeats_for_an_hour_and_an_older_body_is_stale(
    age: timedelta, is_timely: bool
) -> None:
    payload = {"timestamp": int((NOW - age).timestamp() * 1_000)}
    assert timely(WebhookSource.JIRA, payload, NOW) is is_timely
    assert timely(WebhookSource.GITHUB, payload, NOW)


@pytest.mark.parametrize("at", [None, "soon", True, {}])
def test_a_signed_body_without_a_time_is_timely(at: Any) -> None:
    assert timely(WebhookSource.JIRA, {"timestamp": at}, NOW)


@pytest.mark.parametrize("at", [0, -1, 10**400, -(10**400), 1e300, -1e300, 2**63])
def test_a_time_that_is_none_of_ours_is_stale(at: float) -> None:
    assert not timely(WebhookSource.JIRA, {"timestamp": at}, NOW)


def test_how_old_a_body_is_comes_before_its_id() -> None:
    old = b'{"timestamp": 1}'
    with pytest.raises(StaleError):
        ask(WebhookSource.JIRA, old)
    with pytest.raises(NoDeliveryIdError):
        deliveries(WebhookSource.JIRA, SignedRequest({}, old), None)


def test_no_signature_and_no_token_is_kept() -> None:
    secret = ["x-hub-signature-256", "x-hub-signature", "x-gitlab-token", "webhook-signature"]
    secret += ["authorization", "cookie", "x-slack-signature", "x-hubspot-signature-v3"]
    headers = {name: ["s3cret"] for name in secret} | {"x-github-event": ["push"]}
    assert kept_headers(SignedRequest(headers, b"")) == {"x-github-event": "push"}


@pytest.mark.parametrize(
    "source", [*dict.fromkeys(name[0] for name in NAMES), WebhookSource.HUBSPOT]
)
@given(body=st.binary(max_size=100), said=st.text(st.characters(max_codepoint=255), max_size=20))
def test_whatever_is_signed_becomes_deliveries(
    source: WebhookSource, body: bytes, said: str
) -> None:
    headers = {name: ["one"] for other, name, *_ in NAMES if other is source}
    events = {"x-github-event": [said], "x-gitlab-event": [said], "x-event-key": [said]}
    items = deliveries(source, SignedRequest({**headers, **events}, body), NOW)
    assert items
    assert all(item.event_type.isprintable() and item.event_type for item in items)
