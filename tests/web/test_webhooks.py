"""The gateway over HTTP: what it lets in, what it refuses, what it keeps."""

import asyncio
import gzip
import json
import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from hashlib import sha256

import pytest
from httpx2 import AsyncClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis

from contracts.webhooks import WebhookSource
from db.encryption import Keyring
from db.engine import Sessions
from db.webhook_endpoints import WebhookEndpoints
from policy.signing import Posting, signed_headers
from stack.addresses import Addresses
from tests.conftest import TestOrganization
from tests.web.gate import (
    KEY,
    SECRET,
    Entry,
    github_headers,
    open_endpoint,
    rows,
    running,
    settings_with,
)

SIGNING = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
REFUSED = {"error": "not signed by who may"}
SOURCES = [source for source in WebhookSource if source is not WebhookSource.SLACK]


async def test_a_signed_delivery_is_kept_and_accepted(
    github: Entry, sessions: Sessions, organization: TestOrganization
) -> None:
    answer = await github.deliver(b' {"action": "opened"}', "one")
    [row] = await rows(sessions, organization)
    assert (answer.status_code, answer.json()) == (202, {"status": "accepted", "id": str(row.id)})
    assert (row.delivery_id, row.status, row.processed) == ("one", "RECEIVED", False)
    assert (row.event_type, row.payload) == ("issues", {"action": "opened"})
    assert row.payload_hash == sha256(b' {"action": "opened"}').hexdigest()
    assert "x-hub-signature-256" not in row.headers


async def test_a_repeated_delivery_is_a_duplicate_with_the_same_id(
    github: Entry, sessions: Sessions, organization: TestOrganization
) -> None:
    first, *others = [(await github.deliver({"a": 1}, "one")) for _ in range(3)]
    assert first.json()["status"] == "accepted"
    assert [one.status_code for one in others] == [202, 202]
    assert [one.json() for one in others] == [{"status": "duplicate", "id": first.json()["id"]}] * 2
    [row] = await rows(sessions, organization)
    assert row.conflicts == 0


async def test_another_body_under_the_same_id_is_a_conflict_on_record(
    github: Entry, sessions: Sessions, organization: TestOrganization
) -> None:
    await github.deliver({"a": 1}, "one")
    answer = await github.deliver({"a": 2}, "one")
    [row] = await rows(sessions, organization)
    assert (answer.status_code, answer.json()["status"]) == (202, "duplicate")
    assert (row.payload, row.conflicts) == ({"a": 1}, 1)
    assert row.conflicting_hash == sha256(b'{"a": 2}').hexdigest()


async def test_one_delivery_id_at_two_endpoints_is_two_deliveries(
    github: Entry, sessions: Sessions, organization: TestOrganization
) -> None:
    other = await open_endpoint(sessions, organization, WebhookSource.GITHUB, SECRET)
    await github.deliver({"a": 1}, "one")
    answer = await Entry(github.url, other, github.http).deliver({"a": 1}, "one")
    assert answer.json()["status"] == "accepted"
    assert len(await rows(sessions, organization)) == 2


@pytest.mark.parametrize("source", SOURCES)
async def test_every_source_is_let_in_by_its_own_scheme(
    source: WebhookSource,
    gateway: str,
    http: AsyncClient,
    sessions: Sessions,
    organization: TestOrganization,
) -> None:
    path = await open_endpoint(sessions, organization, source, SIGNING)
    url = f"{gateway}/webhooks/{path}?a=%3A%20"
    event = {"eventId": 1, "subscriptionId": 2, "occurredAt": 3}
    body = json.dumps([event] if source is WebhookSource.HUBSPOT else event).encode()
    uri = url.replace("%3A", ":")
    posting = Posting(body, SIGNING, "one", "event", datetime.now(UTC), uri)
    headers = signed_headers(source, posting)
    refused = await http.post(url, content=body + b" ", headers=headers)
    accepted = await http.post(url, content=body, headers=headers)
    if source is not WebhookSource.GITLAB:
        assert (refused.status_code, refused.json()) == (401, REFUSED)
    assert (accepted.status_code, accepted.json()["status"]) == (202, "accepted")
    assert [row.source for row in await rows(sessions, organization)] == [source]


UNSIGNED = {
    "none": {"x-hub-signature-256": ""},
    "another prefix": {"x-hub-signature-256": "sha1=" + "0" * 64},
    "wrong": {"x-hub-signature-256": "sha256=" + "0" * 64},
    "of another body": {"x-hub-signature-256": github_headers(b"other")["x-hub-signature-256"]},
    "of another secret": github_headers(b"{}", secret="another one"),
    "not ASCII": {"x-hub-signature-256": "sha256=\xe9\xff"},
    "a flood": {"x-hub-signature-256": "sha256=00," * 1_000},
}


@pytest.mark.parametrize("kind", UNSIGNED)
async def test_what_is_not_signed_right_gets_one_answer_and_no_row(
    kind: str, github: Entry, sessions: Sessions, organization: TestOrganization
) -> None:
    changed = github_headers(b"{}") | UNSIGNED[kind]
    headers = {name.encode(): value.encode("latin-1") for name, value in changed.items()}
    answer = await github.http.post(
        f"{github.url}/webhooks/{github.path}", content=b"{}", headers=headers
    )
    assert (answer.status_code, answer.json()) == (401, REFUSED)
    assert await rows(sessions, organization) == []


async def test_a_signature_that_comes_twice_is_refused(github: Entry) -> None:
    headers = list(github_headers(b"{}").items())
    signature = headers[-1]
    url = f"{github.url}/webhooks/{github.path}"
    answer = await github.http.post(url, content=b"{}", headers=[*headers, signature])
    assert (answer.status_code, answer.json()) == (401, REFUSED)


async def test_both_secrets_of_a_rotation_are_good_and_an_older_one_is_not(
    gateway: str, http: AsyncClient, sessions: Sessions, organization: TestOrganization
) -> None:
    path = await open_endpoint(
        sessions, organization, WebhookSource.GITHUB, "oldest", "older", "newest"
    )
    answers = [
        (await Entry(gateway, path, http, secret).deliver({})).status_code
        for secret in ("oldest", "older", "newest")
    ]
    assert answers == [401, 202, 202]


async def test_an_endpoint_without_secret_lets_nobody_in(
    gateway: str, http: AsyncClient, sessions: Sessions, organization: TestOrganization
) -> None:
    path = await open_endpoint(sessions, organization, WebhookSource.GITHUB)
    assert (await Entry(gateway, path, http, "").deliver({})).status_code == 401


@pytest.mark.parametrize(("environment", "status"), [("development", 202), ("production", 401)])
async def test_unsigned_deliveries_are_for_development_alone(
    environment: str,
    status: int,
    http: AsyncClient,
    sessions: Sessions,
    redis: Redis,
    stack: Addresses,
    organization: TestOrganization,
) -> None:
    path = await open_endpoint(sessions, organization, WebhookSource.GITHUB, unsigned=True)
    chosen = settings_with(slipway_env=environment)
    async with running(chosen, sessions, redis, stack.temporal) as url:
        answer = await Entry(url, path, http).post(
            b"{}", {"content-type": "application/json", "x-github-delivery": "one"}
        )
    assert answer.status_code == status


@pytest.mark.parametrize(
    "changes",
    [
        {"content-type": "text/plain"},
        {"content-type": ""},
        {"content-type": "application/x-www-form-urlencoded"},
        {"content-type": "application/json; charset=utf-16"},
        {"content-encoding": "gzip"},
        {"content-encoding": "br"},
    ],
)
async def test_other_forms_are_not_taken(github: Entry, changes: dict[str, str]) -> None:
    body = gzip.compress(b"{}") if "content-encoding" in changes else b"{}"
    assert (await github.deliver(body, **changes)).status_code == 415


@pytest.mark.parametrize("kind", ["application/json; charset=UTF-8", "Application/JSON"])
async def test_json_in_utf_8_is_taken_however_it_is_named(github: Entry, kind: str) -> None:
    answer = await github.deliver({}, **{"content-type": kind})
    assert answer.status_code == 202


async def test_without_a_delivery_id_it_is_no_delivery(github: Entry) -> None:
    answer = await github.deliver({}, **{"x-github-delivery": ""})
    assert (answer.status_code, "x-github-delivery" in answer.json()["error"]) == (400, True)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/webhooks/nothing", 404),
        ("POST", "/webhooks/github/NOSUCH", 404),
        ("POST", "/webhooks/slack", 404),
        ("POST", "/webhooks/github/a/b", 404),
        ("POST", "/webhooks", 404),
        ("GET", "/webhooks/github", 405),
    ],
)
async def test_other_places_take_nothing(
    method: str, path: str, status: int, gateway: str, http: AsyncClient
) -> None:
    answer = await http.request(
        method, gateway + path, content=b"{}", headers=github_headers(b"{}")
    )
    assert answer.status_code == status


UNREADABLE = [
    b"",
    b"[]",
    b"{",
    b"\xff",
    b"[" * 100_000,
    b'{"a": NaN}',
    b'{"a": 1e999}',
    b'{"a": 1, "a": 2}',
    b'{"a": "\\u0000"}',
    b'{"a": "\x00"}',
    b'{"a": "\\ud800"}',
    b'{"a": ' + b"9" * 5_000 + b"}",
]


@pytest.mark.parametrize("body", UNREADABLE, ids=range(len(UNREADABLE)))
async def test_an_authentic_body_that_nobody_can_read_is_a_dead_letter(
    body: bytes, github: Entry, sessions: Sessions, organization: TestOrganization
) -> None:
    answers = [await github.deliver(body, "one") for _ in range(2)]
    [row] = await rows(sessions, organization)
    assert [answer.status_code for answer in answers] == [202, 202]
    assert (row.status, row.payload, bool(row.error_message)) == ("FAILED", None, True)


STRANGE = [
    {"big": 2**53 + 1, "bigger": 2**63, "huge": 10**4_000, "small": 1e-300},
    {"text": "\u202eright to left, \u200bzero width, \U000e0041 tag, '; DROP TABLE users; --"},
    {"html": "<script>alert(1)</script>", "shell": "$(rm -rf /)", "years": ["0001-01-01", "9999"]},
    {str(key): key for key in range(20_000)},
]


@pytest.mark.parametrize("payload", STRANGE, ids=range(len(STRANGE)))
async def test_strange_content_is_kept_as_it_is(
    payload: dict[str, object],
    github: Entry,
    sessions: Sessions,
    organization: TestOrganization,
) -> None:
    assert (await github.deliver(payload)).status_code == 202
    [row] = await rows(sessions, organization)
    assert (row.status, row.payload) == ("RECEIVED", payload)


async def test_a_batch_of_a_hundred_with_one_bad_item_is_ninety_nine_and_a_dead_letter(
    gateway: str, http: AsyncClient, sessions: Sessions, organization: TestOrganization
) -> None:
    path = await open_endpoint(sessions, organization, WebhookSource.HUBSPOT, SECRET)
    url = f"{gateway}/webhooks/{path}"
    events = [
        {"eventId": number, "subscriptionId": 2, "occurredAt": 3, "subscriptionType": "ticket"}
        for number in range(100)
    ]
    del events[42]["eventId"]
    body = json.dumps(events).encode()
    headers = signed_headers(
        WebhookSource.HUBSPOT, Posting(body, SECRET, "", "", datetime.now(UTC), url)
    )
    answers = [await http.post(url, content=body, headers=headers) for _ in range(2)]
    assert [answer.json()["status"] for answer in answers] == ["accepted", "duplicate"]
    assert len(answers[0].json()["ids"]) == 100
    found = [row.status for row in await rows(sessions, organization)]
    assert (found.count("RECEIVED"), found.count("FAILED")) == (99, 1)


async def test_a_body_beyond_the_limit_is_refused_and_one_at_it_is_not(
    gateway: str, http: AsyncClient, sessions: Sessions, organization: TestOrganization
) -> None:
    path = await open_endpoint(sessions, organization, WebhookSource.JIRA, SECRET)
    url = f"{gateway}/webhooks/{path}"
    body = b'{"a": "' + b"x" * (1024 * 1024 - 9) + b'"}'
    headers = signed_headers(
        WebhookSource.JIRA, Posting(body, SECRET, "one", "", datetime.now(UTC), url)
    )
    at, over = [await http.post(url, content=b, headers=headers) for b in (body, body + b" ")]
    assert (at.status_code, over.status_code) == (202, 413)


async def test_githubs_large_bodies_are_taken(github: Entry) -> None:
    assert (await github.deliver({"a": "x" * 3_000_000})).status_code == 202


async def test_the_checks_come_in_their_order(
    gateway: str, http: AsyncClient, sessions: Sessions, organization: TestOrganization
) -> None:
    """Everything is wrong at first; then one after the other is put right."""
    path = await open_endpoint(sessions, organization, WebhookSource.JIRA, SECRET)
    entry = Entry(gateway, path, http)
    wrong = {"content-type": "text/plain", "x-hub-signature": "sha256=00"}
    large = b"x" * (1024 * 1024 + 1)
    body = json.dumps({"timestamp": 1}).encode()
    digest = github_headers(body)["x-hub-signature-256"]
    right = {"content-type": "application/json"}
    signed = {**right, "x-hub-signature": digest}
    answers = [
        await entry.post(large, wrong),
        await entry.post(body, wrong),
        await entry.post(body, {**right, "x-hub-signature": "sha256=00"}),
        await entry.post(body, signed),
        await entry.post(body, {**signed, "x-atlassian-webhook-identifier": "one"}),
    ]
    assert [answer.status_code for answer in answers] == [413, 415, 401, 400, 401]


async def test_who_calls_too_often_is_told_when_to_come_again(
    http: AsyncClient,
    sessions: Sessions,
    redis: Redis,
    stack: Addresses,
    organization: TestOrganization,
) -> None:
    path = await open_endpoint(sessions, organization, WebhookSource.GITHUB, SECRET)
    few = settings_with(slipway_limits={"webhooks": "20/1h"})
    await redis.flushdb()
    async with running(few, sessions, redis, stack.temporal) as url:
        entry = Entry(url, path, http)
        answers = await asyncio.gather(*(entry.deliver({}) for _ in range(30)))
    statuses = [answer.status_code for answer in answers]
    assert (statuses.count(202), statuses.count(429)) == (20, 10)
    waits = [int(one.headers["retry-after"]) for one in answers if one.status_code == 429]
    assert all(0 < wait <= 3_600 for wait in waits)
    await redis.flushdb()


async def test_three_of_each_in_any_order_by_many_at_once_are_one_of_each(
    github: Entry, sessions: Sessions, organization: TestOrganization
) -> None:
    names = [f"delivery-{number}" for number in range(200)] * 3
    random.shuffle(names)
    turns = asyncio.Semaphore(50)

    async def send(name: str) -> tuple[int, str]:
        async with turns:
            answer = await github.deliver({"name": name}, name)
        return answer.status_code, answer.json()["status"]

    answers = await asyncio.gather(*map(send, names))
    found = await rows(sessions, organization)
    assert sorted(row.delivery_id for row in found) == sorted(set(names))
    assert answers.count((202, "accepted")) == 200
    assert answers.count((202, "duplicate")) == 400


async def test_rotated_keys_still_open_the_secrets(
    sessions: Sessions, organization: TestOrganization
) -> None:
    path = await open_endpoint(sessions, organization, WebhookSource.GITHUB, SECRET)
    async with sessions() as session:
        entrance = await WebhookEndpoints(session, organization.id).entrance(path)
    assert SECRET.encode() not in entrance.secrets[0]
    assert Keyring([KEY]).decrypt(entrance.secrets[0]) == SECRET


async def chunks(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


async def test_a_body_in_pieces_is_signed_as_a_whole(github: Entry) -> None:
    body = b'{"a": "pieces"}'
    answer = await github.post(chunks(body[:4], body[4:]), github_headers(body))
    assert answer.status_code == 202


CONTROLS = bytes([*range(32), 127])
HEADERS = st.dictionaries(
    st.sampled_from(
        [
            b"content-type",
            b"x-github-delivery",
            b"x-github-event",
            b"x-hub-signature",
            b"x-hub-signature-256",
            b"x-gitlab-token",
            b"webhook-id",
            b"webhook-timestamp",
            b"webhook-signature",
            b"x-hubspot-request-timestamp",
        ]
    ),
    st.binary(max_size=60).map(lambda value: value.translate(None, CONTROLS).strip()),
)


@settings(
    max_examples=80,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    source=st.sampled_from(["github", "gitlab", "jira", "hubspot", "standard", "\u00e4", "x"]),
    body=st.binary(max_size=200) | st.just(b"{}"),
    headers=HEADERS,
    as_json=st.booleans(),
)
async def test_any_bytes_get_a_clear_answer_and_no_row(
    source: str,
    body: bytes,
    headers: dict[bytes, bytes],
    as_json: bool,
    gateway: str,
    http: AsyncClient,
    sessions: Sessions,
    organization: TestOrganization,
) -> None:
    if as_json:
        headers = {**headers, b"content-type": b"application/json"}
    answer = await http.post(f"{gateway}/webhooks/{source}", content=body, headers=headers)
    assert 400 <= answer.status_code < 500
    assert await rows(sessions, organization) == []


@settings(
    max_examples=80,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(body=st.binary(max_size=300) | st.text('{}[]"\\u0d8,:1eaN').map(str.encode))
async def test_any_authentic_bytes_are_kept(body: bytes, github: Entry) -> None:
    answer = await github.deliver(body)
    assert answer.status_code == 202
