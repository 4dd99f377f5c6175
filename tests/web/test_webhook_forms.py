"""GitHub's own choice of content type is a web form; its payload is a field of it."""

import zlib
from urllib.parse import quote_plus, urlencode

import pytest
from httpx2 import AsyncClient

from contracts.webhooks import WebhookSource
from db.engine import Sessions
from policy.forms import FORM
from tests.conftest import TestOrganization
from tests.web.gate import SECRET, Entry, github_headers, open_endpoint, rows

AS_FORM = {"content-type": FORM}
TEXT = '{"action": "opened", "title": "50 % off & more + a \\"quote\\" and ü"}'


@pytest.mark.parametrize("kind", [FORM, f"{FORM}; charset=utf-8", FORM.upper()])
async def test_a_signed_form_is_kept_as_it_came_beside_its_payload(
    kind: str, github: Entry, sessions: Sessions, organization: TestOrganization
) -> None:
    body = urlencode({"payload": TEXT}).encode()
    answers = [await github.deliver(body, "one", **{"content-type": kind}) for _ in range(2)]
    [row] = await rows(sessions, organization)
    assert [one.json()["status"] for one in answers] == ["accepted", "duplicate"]
    assert (zlib.decompress(row.raw), row.error_message) == (body, None)
    assert row.payload == {"action": "opened", "title": '50 % off & more + a "quote" and ü'}


async def test_the_signature_is_over_the_form_and_not_over_its_payload(
    github: Entry, sessions: Sessions, organization: TestOrganization
) -> None:
    body, signature = urlencode({"payload": TEXT}).encode(), "x-hub-signature-256"
    signed = github_headers(TEXT.encode())
    answer = await github.post(
        body, github_headers(body) | AS_FORM | {signature: signed[signature]}
    )
    assert answer.status_code == 401
    assert await rows(sessions, organization) == []


UNREADABLE = [
    b"",
    b"payload=",
    b"other={}",
    b"payload={}&payload={}",
    b"payload=%5B1%5D",
    b"payload=%FF",
    b"payload=%7B%22a%22%3A%22%5Cu0000%22%7D",
    TEXT.encode(),
]


@pytest.mark.parametrize("body", UNREADABLE, ids=range(len(UNREADABLE)))
async def test_a_form_that_nobody_can_read_is_a_dead_letter(
    body: bytes, github: Entry, sessions: Sessions, organization: TestOrganization
) -> None:
    answer = await github.deliver(body, "one", **AS_FORM)
    [row] = await rows(sessions, organization)
    assert answer.status_code == 202
    assert (row.status, row.payload, bool(row.error_message)) == ("FAILED", None, True)


async def test_other_fields_are_no_payload(
    github: Entry, sessions: Sessions, organization: TestOrganization
) -> None:
    body = f"a=payload%3D1&xpayload=2&payload={quote_plus(TEXT)}&b=3".encode()
    await github.deliver(body, "one", **AS_FORM)
    [row] = await rows(sessions, organization)
    assert row.payload is not None
    assert row.payload["action"] == "opened"


async def test_nobody_else_sends_forms(
    gateway: str, http: AsyncClient, sessions: Sessions, organization: TestOrganization
) -> None:
    path = await open_endpoint(sessions, organization, WebhookSource.JIRA, SECRET)
    answer = await Entry(gateway, path, http).deliver(b"payload={}", **AS_FORM)
    assert answer.status_code == 415
