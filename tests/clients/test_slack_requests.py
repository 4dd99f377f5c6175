"""Requests for approval in Slack: drawn with buttons, in plain text, within Slack's limits."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from clients.notifiers.outgoing import Outgoing
from clients.notifiers.post_office import PostOffice
from contracts.notifications import Buttons, Channel, Message
from policy.addresses import OutgoingRules
from tests.receivers import Receiver, Say

VALUE = "KEY-1 01890a5d-ac96-774b-bcce-b302099a8057 " + "a" * 64
POSTED = Say(200, '{"ok": true, "ts": "17.5"}', {"Content-Type": "application/json"})


@pytest.fixture
async def office(http: Receiver) -> AsyncIterator[PostOffice]:
    rules = OutgoingRules(production=False, trusted=frozenset({http.origin}))
    async with Outgoing(rules, timedelta(seconds=20)) as outgoing:
        yield PostOffice(outgoing, slack_api=f"{http.origin}/api/")


def request(address: str, body: str, buttons: Buttons | None) -> Message:
    return Message(
        key="key-1",
        channel=Channel.SLACK,
        address=address,
        event_type="ApprovalRequested",
        subject="KEY-1: your approval is asked: plan",
        body=body,
        buttons=buttons,
        at=datetime(2026, 11, 20, 12, tzinfo=UTC),
    )


@pytest.mark.parametrize("way", ["bot", "hook"])
async def test_a_request_has_buttons_and_mentions_nobody(
    office: PostOffice, http: Receiver, way: str
) -> None:
    http.always = POSTED
    address = "C1:xoxb-token" if way == "bot" else f"{http.origin}/services/x"
    await office.send(request(address, "<!channel> *bold* " + "x" * 5_000, Buttons(value=VALUE)))
    section, actions = http.heard[0].json["blocks"]
    assert section["text"]["type"] == "plain_text"
    assert len(section["text"]["text"]) <= 3_000
    assert [one["value"] for one in actions["elements"]] == [VALUE] * 3
    assert len(VALUE) <= 2_000
    assert actions["elements"][0]["confirm"]["confirm"]["text"] == "Approve"
    assert "&lt;!channel&gt;" in http.heard[0].json["text"]


async def test_other_messages_have_no_blocks(office: PostOffice, http: Receiver) -> None:
    http.always = POSTED
    await office.send(request("C1:xoxb-token", "done", None))
    assert not http.heard[0].json.get("blocks")
