"""A delivery over HTTP: kept once, however often and by how many at once it comes."""

import asyncio
import random
from collections.abc import AsyncIterator
from hashlib import sha256

from httpx2 import AsyncClient

from contracts.webhooks import WebhookSource
from db.engine import Sessions
from db.webhook_endpoints import WebhookEndpoints
from tests.conftest import TestOrganization
from tests.web.gate import (
    SECRET,
    Entry,
    NewGateway,
    github_headers,
    open_endpoint,
    rows,
)


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


async def test_an_endpoint_is_seen_in_use_by_who_comes_in_and_not_by_who_knocks(
    http: AsyncClient,
    sessions: Sessions,
    new_gateway: NewGateway,
    organization: TestOrganization,
) -> None:
    path = await open_endpoint(sessions, organization, WebhookSource.GITHUB, SECRET)
    seen = []
    async with new_gateway() as url:
        for secret in ("wrong", SECRET):
            await Entry(url, path, http, secret).deliver({})
            # For a path that it does not know it reads all of them again, and notes who was seen.
            await Entry(url, "github/NOSUCH", http).deliver({})
            async with sessions() as session:
                [row] = await WebhookEndpoints(session, organization.id).all()
            seen.append(row.last_seen is not None)
    assert seen == [False, True]


async def test_one_delivery_id_at_two_endpoints_is_two_deliveries(
    github: Entry, sessions: Sessions, organization: TestOrganization
) -> None:
    other = await open_endpoint(sessions, organization, WebhookSource.GITHUB, SECRET, of_one=True)
    await github.deliver({"a": 1}, "one")
    answer = await Entry(github.url, other, github.http).deliver({"a": 1}, "one")
    assert answer.json()["status"] == "accepted"
    assert len(await rows(sessions, organization)) == 2


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


async def chunks(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


async def test_a_body_in_pieces_is_signed_as_a_whole(github: Entry) -> None:
    body = b'{"a": "pieces"}'
    answer = await github.post(chunks(body[:4], body[4:]), github_headers(body))
    assert answer.status_code == 202
