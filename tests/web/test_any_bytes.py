"""Any bytes at any endpoint: no error of ours, and no row for what nobody has signed."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from httpx2 import AsyncClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.webhooks import WebhookSource
from db.engine import Sessions
from policy.signing import SIGNERS, Posting, signed_headers
from tests.conftest import TestOrganization
from tests.web.gate import open_endpoint, rows

SECRET = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
SIGNED = sorted(SIGNERS)
Doors = Mapping[WebhookSource, str]
MANY = settings(
    max_examples=100,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
CONTROLS = bytes([*range(32), 127])
# Those of the connection itself are the HTTP parser's, see the last test.
NAMES = st.from_regex(rb"\Ax-[a-z0-9-]{1,20}\Z") | st.sampled_from(
    [
        b"accept",
        b"authorization",
        b"content-encoding",
        b"content-type",
        b"cookie",
        b"forwarded",
        b"idempotency-key",
        b"svix-id",
        b"svix-signature",
        b"svix-timestamp",
        b"user-agent",
        b"webhook-id",
        b"webhook-signature",
        b"webhook-timestamp",
        b"x-atlassian-webhook-identifier",
        b"x-event-key",
        b"x-forwarded-for",
        b"x-forwarded-proto",
        b"x-github-delivery",
        b"x-github-event",
        b"x-gitlab-event",
        b"x-gitlab-event-uuid",
        b"x-gitlab-token",
        b"x-hub-signature",
        b"x-hub-signature-256",
        b"x-hubspot-request-timestamp",
        b"x-hubspot-signature-v3",
        b"x-request-id",
        b"x-request-uuid",
        b"x-slack-request-timestamp",
        b"x-slack-signature",
    ]
)
VALUES = st.binary(max_size=60).map(lambda value: value.translate(None, CONTROLS).strip())
HEADERS = st.lists(st.tuples(NAMES, VALUES), max_size=6)
KINDS = st.sampled_from(
    [b"application/json", b"application/x-www-form-urlencoded", b"text/plain", b""]
)
BODIES = st.binary(max_size=300) | st.text('{}[]"\\u0d8,:1eaN').map(str.encode) | st.just(b"{}")
QUERIES = st.sampled_from(["", "?", "?a=%3A%2f", "?%ff", "?a=1&a=2"])
PLACES = ["/webhooks/\u00e4", "/webhooks/x", "/webhooks/github/a/b", "/webhooks/", "/", "/%ff"]
PLACES += ["/slack/interactions", "/approvals/x", "/readyz", "/webhooks/%2e%2e"]


@pytest.fixture
async def doors(gateway: str, sessions: Sessions, organization: TestOrganization) -> Doors:
    """The address of an endpoint of each source."""
    return {
        source: f"{gateway}/webhooks/{await open_endpoint(sessions, organization, source, SECRET)}"
        for source in WebhookSource
    }


def headers_for(source: WebhookSource, body: bytes, url: str, id: str = "one") -> dict[str, str]:
    return signed_headers(source, Posting(body, SECRET, id, "push", datetime.now(UTC), url))


@MANY
@given(
    source=st.sampled_from(sorted(WebhookSource)),
    query=QUERIES,
    body=BODIES,
    kind=KINDS,
    headers=HEADERS,
)
async def test_what_nobody_signed_is_refused_and_leaves_no_row(
    source: WebhookSource,
    query: str,
    body: bytes,
    kind: bytes,
    headers: list[tuple[bytes, bytes]],
    doors: Doors,
    http: AsyncClient,
    sessions: Sessions,
    organization: TestOrganization,
) -> None:
    headers = [(b"content-type", kind), *headers]
    answer = await http.post(doors[source] + query, content=body, headers=headers)
    assert 400 <= answer.status_code < 500
    assert await rows(sessions, organization) == []


@MANY
@given(place=st.sampled_from(PLACES), query=QUERIES, body=BODIES, kind=KINDS, headers=HEADERS)
async def test_other_places_answer_clearly_too(
    place: str,
    query: str,
    body: bytes,
    kind: bytes,
    headers: list[tuple[bytes, bytes]],
    gateway: str,
    http: AsyncClient,
) -> None:
    headers = [(b"content-type", kind), *headers]
    answer = await http.post(gateway + place + query, content=body, headers=headers)
    assert answer.status_code < 500


@MANY
@given(source=st.sampled_from(SIGNED), body=BODIES, other=BODIES, data=st.data())
async def test_what_was_changed_after_it_was_signed_is_refused(
    source: WebhookSource,
    body: bytes,
    other: bytes,
    data: st.DataObject,
    doors: Doors,
    http: AsyncClient,
    sessions: Sessions,
    organization: TestOrganization,
) -> None:
    """Another body, or another value in one of the headers that the signature stands on."""
    headers = headers_for(source, body, doors[source])
    if body == other:
        name = data.draw(st.sampled_from([name for name in headers if "signature" in name]))
        headers[name] = data.draw(st.text("v1,=sha256 0a+/", max_size=80)).strip()
    answer = await http.post(doors[source], content=other, headers=headers)
    assert answer.status_code == 401
    assert await rows(sessions, organization) == []


@MANY
@given(source=st.sampled_from(SIGNED), body=BODIES)
async def test_whatever_is_signed_is_kept_and_garbage_is_a_dead_letter(
    source: WebhookSource,
    body: bytes,
    doors: Doors,
    http: AsyncClient,
    sessions: Sessions,
    organization: TestOrganization,
) -> None:
    id = str(uuid4())
    before = {row.id for row in await rows(sessions, organization)}
    headers = headers_for(source, body, doors[source], id)
    answers = [await http.post(doors[source], content=body, headers=headers) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [202, 202]
    new = [row for row in await rows(sessions, organization) if row.id not in before]
    # HubSpot's ids are in its bodies: what came before is known.
    assert new or source is WebhookSource.HUBSPOT
    for row in new:
        assert (row.status == "FAILED") == (row.payload is None) == bool(row.error_message)


@MANY
@given(sent=st.binary(max_size=400), begun=st.booleans())
async def test_any_bytes_on_the_wire_do_no_harm(sent: bytes, begun: bool, gateway: str) -> None:
    port = urlsplit(gateway).port
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    beginning = b"POST /webhooks/github HTTP/1.1\r\nhost: x\r\n" if begun else b""
    writer.write(beginning + sent)
    writer.write_eof()
    async with asyncio.timeout(20):
        said = await reader.read()
    writer.close()
    assert said == b"" or said.startswith((b"HTTP/1.1 4", b"HTTP/1.1 2", b"HTTP/1.0 4"))
