"""Whatever is in a body: it is kept, or it is refused, and nothing breaks."""

import json
from datetime import UTC, datetime

import pytest
from httpx2 import AsyncClient

from contracts.webhooks import WebhookSource
from db.engine import Sessions
from policy.signing import Posting, signed_headers
from tests.conftest import TestOrganization
from tests.web.gate import (
    SECRET,
    Entry,
    open_endpoint,
    rows,
)

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
    b'{"a": ' + b"9" * 4_299 + b"e9}",
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


@pytest.mark.parametrize("at", [10**400, -(10**400), 0])
async def test_a_time_beyond_all_clocks_is_stale_and_no_error_of_ours(
    at: int, gateway: str, http: AsyncClient, sessions: Sessions, organization: TestOrganization
) -> None:
    path = await open_endpoint(sessions, organization, WebhookSource.JIRA, SECRET)
    url, body = f"{gateway}/webhooks/{path}", json.dumps({"timestamp": at}).encode()
    headers = signed_headers(
        WebhookSource.JIRA, Posting(body, SECRET, "one", "", datetime.now(UTC), url)
    )
    assert (await http.post(url, content=body, headers=headers)).status_code == 401
    assert await rows(sessions, organization) == []


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
