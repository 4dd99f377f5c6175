"""What the gateway lets in, what it refuses, and how it says so."""

import asyncio
import gzip
import json
from datetime import UTC, datetime

import pytest
from httpx2 import AsyncClient
from redis.asyncio import Redis

from contracts.webhooks import WebhookSource
from db.encryption import Keyring
from db.engine import Sessions
from db.webhook_endpoints import WebhookEndpoints
from policy.signing import Posting, signed_headers
from tests.conftest import TestOrganization
from tests.web.gate import (
    KEY,
    SECRET,
    Entry,
    NewGateway,
    github_headers,
    open_endpoint,
    rows,
)

SIGNING = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="


REFUSED = {"error": "not signed by who may"}
HUB, JSON = "x-hub-signature-256", "application/json"


SOURCES = [source for source in WebhookSource if source is not WebhookSource.SLACK]


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
    new_gateway: NewGateway,
    organization: TestOrganization,
) -> None:
    path = await open_endpoint(sessions, organization, WebhookSource.GITHUB, unsigned=True)
    async with new_gateway(slipway_env=environment) as url:
        answer = await Entry(url, path, http).post(
            b"{}", {"content-type": "application/json", "x-github-delivery": "one"}
        )
    assert answer.status_code == status


@pytest.mark.parametrize(
    "changes",
    [
        {"content-type": "text/plain"},
        {"content-type": ""},
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


async def test_the_checks_come_in_their_order(
    gateway: str, http: AsyncClient, sessions: Sessions, organization: TestOrganization
) -> None:
    """Everything is wrong at first; then one after the other is put right."""
    path = await open_endpoint(sessions, organization, WebhookSource.JIRA, SECRET)
    entry = Entry(gateway, path, http)
    wrong = {"content-type": "text/plain", "x-hub-signature": "sha256=00"}
    large = b"x" * (1024 * 1024 + 1)
    body = json.dumps({"timestamp": 1}).encode()
    digest = github_headers(body)[HUB]
    right = {"content-type": "application/json"}
    signed = {**right, "x-hub-signature": digest}
    answers = [
        await entry.post(large, wrong),
        await entry.post(body, wrong),
        await entry.post(body, {**right, "x-hub-signature": "sha256=00"}),
        await entry.post(body, signed),
        await entry.post(b"{}", {**right, "x-hub-signature": github_headers(b"{}")[HUB]}),
    ]
    assert [answer.status_code for answer in answers] == [413, 415, 401, 401, 400]
    assert answers[2].content == answers[3].content


async def test_who_calls_too_often_is_told_when_to_come_again(
    http: AsyncClient,
    sessions: Sessions,
    redis: Redis,
    new_gateway: NewGateway,
    organization: TestOrganization,
) -> None:
    path = await open_endpoint(sessions, organization, WebhookSource.GITHUB, SECRET)
    await redis.flushdb()
    async with new_gateway(slipway_limits={"webhooks": "20/1h"}) as url:
        entry = Entry(url, path, http)
        answers = await asyncio.gather(*(entry.deliver({}) for _ in range(30)))
        late = [await entry.deliver(b"", **{"content-type": kind}) for kind in ("text/plain", JSON)]
        forged = await Entry(url, path, http, "another secret").deliver({})
    statuses = [answer.status_code for answer in answers]
    assert (statuses.count(202), statuses.count(429)) == (20, 10)
    assert [one.status_code for one in (*late, forged)] == [415, 429, 429]
    waits = [int(one.headers["retry-after"]) for one in answers if one.status_code == 429]
    assert all(0 < wait <= 3_600 for wait in waits)
    await redis.flushdb()


async def test_rotated_keys_still_open_the_secrets(
    sessions: Sessions, organization: TestOrganization
) -> None:
    path = await open_endpoint(sessions, organization, WebhookSource.GITHUB, SECRET)
    async with sessions() as session:
        entrance = await WebhookEndpoints(session, organization.id).entrance(path)
    assert SECRET.encode() not in entrance.secrets[0]
    assert Keyring([KEY]).decrypt(entrance.secrets[0]) == SECRET
