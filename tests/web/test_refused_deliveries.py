"""What the log says of deliveries that are not let in; who sends them hears 401 and no more."""

import json
import logging
from uuid import uuid4

import pytest
from httpx2 import AsyncClient

from contracts.webhooks import WebhookSource
from db.engine import Sessions
from db.webhook_endpoints import Entrance
from policy.refused_signatures import SignatureRefusal
from tests.conftest import TestOrganization
from tests.web.gate import SECRET, Entry, NewGateway, github_headers, open_endpoint
from web.bodies import JSON
from web.entrances import Door
from web.refused_deliveries import AGAIN, RefusedDeliveries


def lines(caplog: pytest.LogCaptureFixture, path: str) -> list[str]:
    said = [one.getMessage() for one in caplog.records if one.name == "web.refused_deliveries"]
    return [line for line in said if f"endpoint {path} " in line]


async def test_the_endpoint_and_the_reason_stand_in_the_log_and_a_flood_does_not(
    http: AsyncClient,
    sessions: Sessions,
    new_gateway: NewGateway,
    organization: TestOrganization,
    caplog: pytest.LogCaptureFixture,
) -> None:
    path = await open_endpoint(sessions, organization, WebhookSource.GITHUB, SECRET)
    async with new_gateway() as url:
        stranger, bare = Entry(url, path, http, "another secret"), {"content-type": JSON}
        with caplog.at_level(logging.WARNING):
            for _ in range(20):
                assert (await stranger.deliver({"what": "a stranger said"})).status_code == 401
                assert (await stranger.post(b"{}", bare)).status_code == 401
            assert (await Entry(url, path, http).deliver({})).status_code == 202
    first, second = lines(caplog, path)
    assert "none of the endpoint's secrets made its signature" in first
    assert "X-Hub-Signature-256 is missing" in second
    assert "a stranger said" not in caplog.text
    assert SECRET not in caplog.text


def test_what_was_not_said_is_counted(caplog: pytest.LogCaptureFixture) -> None:
    entrance = Entrance(
        uuid4(), uuid4(), "default", None, WebhookSource.GITHUB, "github", (b"s",), False
    )
    door, now = Door(entrance, (SECRET,)), [0.0]
    refused = RefusedDeliveries(lambda: now[0])
    with caplog.at_level(logging.WARNING):
        for _ in range(20):
            refused.note(door, SignatureRefusal.MISMATCH)
        now[0] += AGAIN.total_seconds()
        refused.note(door, SignatureRefusal.MISMATCH)
    first, second = lines(caplog, "github")
    assert "more since" not in first
    assert second.endswith("(19 more since this was said last)")


async def test_what_is_signed_and_old_is_called_old(
    http: AsyncClient,
    sessions: Sessions,
    new_gateway: NewGateway,
    organization: TestOrganization,
    caplog: pytest.LogCaptureFixture,
) -> None:
    path = await open_endpoint(sessions, organization, WebhookSource.JIRA, SECRET)
    body = json.dumps({"webhookEvent": "x", "timestamp": 1_000_000_000_000}).encode()
    digest = github_headers(body)["x-hub-signature-256"]
    headers = {
        "content-type": "application/json",
        "x-hub-signature": digest,
        "x-atlassian-webhook-identifier": "one",
    }
    async with new_gateway() as url:
        answer = await http.post(f"{url}/webhooks/{path}", content=body, headers=headers)
    assert answer.status_code == 401
    (line,) = lines(caplog, path)
    assert "the time in it is more than 5 minutes" in line
