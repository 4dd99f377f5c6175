"""`/slack/interactions`: only what Slack signed is heard, and it is kept before it is answered."""

import hmac
import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from httpx2 import AsyncClient, Response

from contracts.notifications import Channel, Endpoint
from contracts.webhooks import WebhookSource
from db.encryption import Keyring
from db.engine import Sessions
from db.notification_endpoints import Endpoints
from tests.conftest import TestOrganization
from tests.faults.patience import awake
from tests.receivers import HANG, Receiver, Say
from tests.web.gate import KEY, NewGateway, open_endpoint, rows

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
VALUE = "SHOP-7 01890a5d-ac96-774b-bcce-b302099a8057 0123abcd4567"
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Sender:
    url: str
    http: AsyncClient

    async def send(self, payload: Any, **how: Any) -> Response:
        return await self.post(urlencode({"payload": json.dumps(payload)}).encode(), **how)

    async def post(
        self, body: bytes, secret: str = SECRET, age: int = 0, kind: str = FORM
    ) -> Response:
        at = str(int(time.time()) - age)
        digest = hmac.new(secret.encode(), b"v0:" + at.encode() + b":" + body, "sha256").hexdigest()
        signed = {"x-slack-request-timestamp": at, "x-slack-signature": f"v0={digest}"}
        return await self.http.post(
            self.url, content=body, headers={"content-type": kind, **signed}
        )


def press(action: str = "slipway:approve", **rest: Any) -> dict[str, Any]:
    return {
        "type": "block_actions",
        "user": {"id": "U1", "team_id": "T1"},
        "channel": {"id": "C1"},
        "trigger_id": "1.2.abc",
        "actions": [{"action_id": action, "value": VALUE, "action_ts": "1772355900.426640"}],
        **rest,
    }


@pytest.fixture
async def sender(
    sessions: Sessions,
    new_gateway: NewGateway,
    http: AsyncClient,
    organization: TestOrganization,
    slack: Receiver,
) -> AsyncIterator[Sender]:
    path = await open_endpoint(sessions, organization, WebhookSource.SLACK, SECRET)
    project = path.partition("/")[2]
    there = {"slack_api_url": f"{slack.origin}/api/", "slipway_trusted_origins": slack.origin}
    async with new_gateway(**there) as url:
        yield Sender(f"{url}/slack/interactions/{project}", http)


async def test_a_press_is_kept_before_it_is_answered(
    sender: Sender, sessions: Sessions, organization: TestOrganization
) -> None:
    secrets = {"token": "abc", "response_url": "https://hooks.slack.com/x"}
    for _ in range(2):
        answer = await sender.send(press(**secrets))
        assert (answer.status_code, answer.content) == (200, b"")
    (row,) = await rows(sessions, organization)
    assert (row.source, row.event_type, row.delivery_id) == ("SLACK", "block_actions", "1.2.abc")
    assert row.payload is not None
    assert set(row.payload) == {"type", "user", "channel", "actions"}


@pytest.mark.parametrize("how", [{"secret": "another"}, {"age": 301}, {"age": -310}])
async def test_what_slack_did_not_sign_just_now_is_refused(
    sender: Sender, sessions: Sessions, organization: TestOrganization, how: dict[str, Any]
) -> None:
    assert (await sender.send(press(), **how)).status_code == 401
    assert await rows(sessions, organization) == []


async def test_a_secret_of_another_source_opens_nothing(
    sessions: Sessions, organization: TestOrganization, gateway: str, http: AsyncClient
) -> None:
    await open_endpoint(sessions, organization, WebhookSource.GITHUB, SECRET)
    nobody = Sender(f"{gateway}/slack/interactions/NOSUCH", http)
    assert (await nobody.send(press())).status_code == 404


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (json.dumps(press()).encode(), "application/json", 400),
        (b"payload=%7B%7D", "text/plain", 415),
        (b"other=1", FORM, 400),
        (b"payload=%7B%7D&payload=%7B%7D", FORM, 400),
        (b"payload=\xff", FORM, 400),
    ],
)
async def test_what_slack_never_sends_is_refused(
    sender: Sender, body: bytes, kind: str, status: int
) -> None:
    assert (await sender.post(body, kind=kind)).status_code == status


@pytest.mark.parametrize("written", ['{"a": 1, "a": 2}', "[" * 5_000, "null", '"x"', "{}", "NaN"])
async def test_whatever_slack_signed_is_kept(
    sender: Sender, sessions: Sessions, organization: TestOrganization, written: str
) -> None:
    answer = await sender.post(f"payload={quote(written)}".encode())
    assert answer.status_code == 200
    (row,) = await rows(sessions, organization)
    assert row.status in ("FAILED", "RECEIVED", "IGNORED")


async def test_who_cannot_be_shown_a_form_is_told_how_else(
    sender: Sender, slack: Receiver, sessions: Sessions, organization: TestOrganization
) -> None:
    url = f"{slack.origin}/actions/1"
    answer = await sender.send(press("slipway:request_changes", response_url=url))
    assert (answer.status_code, answer.content) == (200, b"")
    said = (await slack.next()).json
    assert (said["response_type"], said["replace_original"]) == ("ephemeral", False)
    assert "/request-changes 0123abcd WHY" in said["text"]
    assert await rows(sessions, organization) == []  # It has decided nothing.


@pytest.mark.parametrize("said", [HANG, Say(500), Say(200, '{"ok": false, "error": "expired"}')])
async def test_slack_is_answered_in_time_whatever_its_own_servers_do(
    sender: Sender, slack: Receiver, sessions: Sessions, organization: TestOrganization, said: Say
) -> None:
    async with sessions.begin() as session:
        room = Endpoint(name="room", channel=Channel.SLACK, address="C1:xoxb-token")
        await Endpoints(session, organization.id).put(room, Keyring([KEY]))
    slack.answers = [said]
    url = f"{slack.origin}/actions/1"
    async with awake() as clock:
        assert (await sender.send(press("slipway:reject", response_url=url))).status_code == 200
        assert clock() < 3
    assert slack.heard[0].path == "/api/views.open"
    assert "Reject needs a reason" in (await slack.next("/actions/1")).json["text"]
