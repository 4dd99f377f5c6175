"""Each channel's own form, at real local receivers, and what their answers mean."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from clients.notifiers.answers import DeclinedError, UnreachedError
from clients.notifiers.mail import MailServer
from clients.notifiers.outgoing import Outgoing
from clients.notifiers.post_office import PostOffice
from contracts.notifications import Channel, Message, NotificationStatus
from policy.addresses import OutgoingRules, UnsafeAddressError
from tests.receivers import HANG, INWARD, MailReceiver, Receiver, Say

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
JSON = {"Content-Type": "application/json"}
HTTP = [Channel.SLACK, Channel.DISCORD, Channel.TEAMS, Channel.WEBHOOK]
POSTED = Say(200, '{"ok": true, "ts": "17.5", "channel": "C1"}', JSON)


@asynccontextmanager
async def opened(
    http: Receiver, mail: MailReceiver, patience: timedelta
) -> AsyncIterator[PostOffice]:
    rules = OutgoingRules(production=False, trusted=frozenset({http.origin}))
    async with Outgoing(rules, patience) as outgoing:
        server = MailServer("127.0.0.1", mail.port, "slipway@example.org", False, plain=True)
        yield PostOffice(outgoing, server, f"{http.origin}/api/", f"{http.origin}/v2/enqueue")


@pytest.fixture
async def office(http: Receiver, mail: MailReceiver) -> AsyncIterator[PostOffice]:
    async with opened(http, mail, timedelta(seconds=20)) as office:
        yield office


def message(channel: Channel, address: str, **rest: Any) -> Message:
    given = {
        "key": "key-1",
        "event_type": "PhaseCompleted",
        "subject": "KEY-1: PLAN is done",
        "body": "<!channel> & <https://evil.example|ok>\n@everyone **bold**",
        "secrets": ("whsec_c2VjcmV0LXNlY3JldC1zZWNyZXQ=",),
        "topic": "KEY-1",
        "at": NOW,
    }
    return Message(channel=channel, address=address, **{**given, **rest})


async def test_slack_shows_what_people_wrote_and_obeys_none_of_it(
    office: PostOffice, http: Receiver
) -> None:
    answer = await office.send(message(Channel.SLACK, f"{http.origin}/services/x"))
    assert (answer.status, answer.said) == (NotificationStatus.DELIVERED, "ok")
    text = http.heard[0].json["text"]
    assert "&lt;!channel&gt; &amp; &lt;https://evil.example|ok&gt;" in text


async def test_a_slack_bot_keeps_one_thread_for_a_ticket(
    office: PostOffice, http: Receiver
) -> None:
    http.answers = [POSTED, POSTED]
    first = await office.send(message(Channel.SLACK, "C1:xoxb-token"))
    assert first.thread_id == "17.5"
    await office.send(message(Channel.SLACK, "C1:xoxb-token", thread_id=first.thread_id))
    assert [heard.path for heard in http.heard] == ["/api/chat.postMessage"] * 2
    assert http.heard[0].headers["authorization"] == "Bearer xoxb-token"
    assert b"17.5" not in http.heard[0].body
    assert b"17.5" in http.heard[1].body


@pytest.mark.parametrize(
    ("said", "passing"),
    [
        (Say(200, '{"ok": false, "error": "channel_not_found"}', JSON), False),
        (Say(200, '{"ok": false, "error": "internal_error"}', JSON), True),
        (Say(429, '{"ok": false, "error": "ratelimited"}', {**JSON, "Retry-After": "7"}), True),
        (Say(502, "<html>Bad gateway</html>", {"Content-Type": "text/html"}), True),
        (Say(502, "not json", JSON), True),
    ],
)
async def test_a_slack_bots_errors_are_told_apart(
    office: PostOffice, http: Receiver, said: Say, passing: bool
) -> None:
    http.answers = [said]
    with pytest.raises(UnreachedError if passing else DeclinedError) as fault:
        await office.send(message(Channel.SLACK, "C1:xoxb-token"))
    assert "xoxb" not in str(fault.value)
    if said.code == 429:
        assert isinstance(fault.value, UnreachedError)
        assert (fault.value.delay, fault.value.at_fault) == (timedelta(seconds=7), False)
    assert len(http.heard) == 1


async def test_discord_pings_nobody_hides_no_link_and_confirms(
    office: PostOffice, http: Receiver
) -> None:
    address = f"{http.origin}/api/webhooks/1/x?thread_id=5"
    body = "@everyone [Approve](https://evil.example/approvals)"
    await office.send(message(Channel.DISCORD, address, body=body))
    (heard,) = http.heard
    assert heard.path == "/api/webhooks/1/x?thread_id=5&wait=true"
    assert heard.json["allowed_mentions"] == {"parse": []}
    _, told = heard.json["content"].split("\n")
    assert told == r"\@everyone \[Approve\]\(https://evil.example/approvals\)"


async def test_teams_gets_a_card_of_plain_text(office: PostOffice, http: Receiver) -> None:
    http.answers = [Say(202, "")]
    await office.send(message(Channel.TEAMS, f"{http.origin}/workflows/x"))
    (attachment,) = http.heard[0].json["attachments"]
    runs = [block["inlines"][0] for block in attachment["content"]["body"]]
    assert {run["type"] for run in runs} == {"TextRun"}
    assert runs[2]["text"] == "@everyone **bold**"


async def test_pagerduty_knows_repetitions_by_their_key(office: PostOffice, http: Receiver) -> None:
    http.answers = [Say(202, '{"status": "success"}', JSON)]
    await office.send(message(Channel.PAGERDUTY, "R0UTINGKEY", urgent=True))
    said = http.heard[0].json
    assert http.heard[0].path == "/v2/enqueue"
    assert (said["dedup_key"], said["routing_key"]) == ("key-1", "R0UTINGKEY")
    assert said["payload"]["severity"] == "critical"


async def test_a_mail_is_handed_over_with_a_lasting_id(
    office: PostOffice, mail: MailReceiver
) -> None:
    for _ in range(2):
        answer = await office.send(message(Channel.EMAIL, "max@example.org", urgent=True))
        assert answer.status is NotificationStatus.SENT
        assert "queued as" in answer.said
    first, second = mail.mails
    assert first["Message-ID"] == second["Message-ID"]
    assert first["References"] is not None
    assert first["Importance"] == "high"


@pytest.mark.parametrize(
    "address", ["max@example.org\r\nBcc: all@example.org", "a@b.c, d@e.f", "max", "@example.org"]
)
async def test_what_is_no_mail_address_bounces(
    office: PostOffice, mail: MailReceiver, address: str
) -> None:
    with pytest.raises(DeclinedError) as refused:
        await office.send(message(Channel.EMAIL, address))
    assert refused.value.answer.status is NotificationStatus.BOUNCED
    assert mail.mails == []


async def test_a_subject_with_line_ends_adds_no_header(
    office: PostOffice, mail: MailReceiver
) -> None:
    said = message(Channel.EMAIL, "max@example.org", subject="a\r\nBcc: all@example.org")
    await office.send(said)
    assert mail.mails[0]["Bcc"] is None


async def test_without_a_mail_server_the_message_fails_and_says_why(office: PostOffice) -> None:
    without = PostOffice(office.outgoing)
    with pytest.raises(DeclinedError, match="SMTP_URL"):
        await without.send(message(Channel.EMAIL, "max@example.org"))


@pytest.mark.parametrize("channel", HTTP)
async def test_no_channel_follows_a_redirect_inwards(
    office: PostOffice, http: Receiver, channel: Channel
) -> None:
    http.answers = [INWARD]
    with pytest.raises(DeclinedError, match="redirects are not followed"):
        await office.send(message(channel, f"{http.origin}/x"))
    assert len(http.heard) == 1


@pytest.mark.parametrize("channel", HTTP)
@pytest.mark.parametrize("url", ["http://169.254.169.254/x", "http://localhost/x", "http://[::1]/"])
async def test_no_channel_sends_inwards(office: PostOffice, channel: Channel, url: str) -> None:
    with pytest.raises(UnsafeAddressError):
        await office.send(message(channel, url))


class Names:
    """The network's name server: what a name leads to, and how often it was asked."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
        self.asked = 0
        self._addresses = addresses
        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", self._answer)

    async def _answer(self, host: str, port: int, **_: object) -> list[Any]:
        self.asked += 1
        return [(0, 0, 0, "", (address, port)) for address in self._addresses]


@pytest.mark.parametrize("channel", HTTP)
@pytest.mark.parametrize("second", ["127.0.0.1", "169.254.169.254", "::1", "::ffff:10.0.0.1"])
async def test_a_name_with_a_public_and_a_private_address_is_not_sent_to(
    office: PostOffice,
    http: Receiver,
    monkeypatch: pytest.MonkeyPatch,
    channel: Channel,
    second: str,
) -> None:
    Names(monkeypatch, "93.184.216.34", second)
    port = http.origin.rpartition(":")[2]
    with pytest.raises(UnsafeAddressError):
        await office.send(message(channel, f"http://rebinding.example:{port}/x"))
    assert http.heard == []


@pytest.mark.parametrize("channel", HTTP)
async def test_a_name_is_asked_once_and_what_it_said_is_called(
    http: Receiver, monkeypatch: pytest.MonkeyPatch, channel: Channel
) -> None:
    """Else a second look-up could lead elsewhere than the one that was judged."""
    names = Names(monkeypatch, "127.0.0.1")
    origin = f"http://chat.example:{http.origin.rpartition(':')[2]}"
    rules = OutgoingRules(production=True, trusted=frozenset({origin}))
    async with Outgoing(rules) as outgoing:
        await PostOffice(outgoing).send(message(channel, f"{origin}/x"))
    assert names.asked == 1
    assert http.heard[0].headers["host"] == origin.removeprefix("http://")


@pytest.mark.parametrize("channel", HTTP)
async def test_who_hangs_is_left_in_time(
    http: Receiver, mail: MailReceiver, channel: Channel
) -> None:
    http.answers = [HANG]
    async with (
        asyncio.timeout(20),
        opened(http, mail, timedelta(milliseconds=300)) as hurried,
    ):
        with pytest.raises(UnreachedError) as left:
            await hurried.send(message(channel, f"{http.origin}/secret-path"))
    assert "secret-path" not in str(left.value)
