"""Messages go to the address that was judged, whatever proxy the environment names."""

from datetime import UTC, datetime, timedelta

import pytest

from clients.notifiers.outgoing import Outgoing
from clients.notifiers.post_office import PostOffice
from contracts.notifications import Channel, Message, NotificationStatus
from policy.addresses import OutgoingRules
from tests.receivers import Receiver, Say, receiving

POSTED = Say(200, '{"ok": true, "ts": "17.5"}', {"Content-Type": "application/json"})
SECRET = "whsec_c2VjcmV0LXNlY3JldC1zZWNyZXQ="
BOT = "C1:xoxb-token"


def message(channel: Channel, address: str) -> Message:
    return Message(
        key="key-1",
        channel=channel,
        address=address,
        secrets=(SECRET,),
        event_type="PhaseCompleted",
        subject="KEY-1: PLAN is done",
        body="",
        at=datetime(2026, 11, 20, 12, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("channel", "bot"),
    [(one, False) for one in (Channel.SLACK, Channel.DISCORD, Channel.TEAMS, Channel.WEBHOOK)]
    + [(Channel.SLACK, True)],
)
async def test_no_proxy_is_asked(
    monkeypatch: pytest.MonkeyPatch, channel: Channel, bot: bool
) -> None:
    async with receiving() as http, receiving() as proxy:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
            monkeypatch.setenv(name, proxy.origin)
        http.answers = [POSTED]
        answer = await _sent(http, message(channel, BOT if bot else f"{http.origin}/x"))
        assert answer is NotificationStatus.DELIVERED
        assert (len(http.heard), proxy.heard) == (1, [])


async def _sent(http: Receiver, said: Message) -> NotificationStatus:
    rules = OutgoingRules(production=False, trusted=frozenset({http.origin}))
    async with Outgoing(rules, timedelta(seconds=20)) as outgoing:
        office = PostOffice(outgoing, slack_api=f"{http.origin}/api/")
        return (await office.send(said)).status
