"""Every message reaches its outcome once, at real receivers that misbehave."""

from datetime import timedelta

import pytest
from standardwebhooks import Webhook

from contracts.identity import Role
from contracts.notifications import Channel, Occasion
from db.identity import People
from db.notification_endpoints import Endpoints, Routes
from policy.notifications import SEEDED_ROUTES
from tests.conftest import TestOrganization
from tests.receivers import HANG, INWARD, Say
from tests.workflows.message_house import House, Stage, only, settled

SECRET = "whsec_c2VjcmV0LXNlY3JldC1zZWNyZXQ="
OLD = "whsec_b2xkLW9sZC1vbGQtb2xkLW9sZC1vbGQ="


async def test_a_confirmed_message_is_delivered_with_the_providers_words(room: House) -> None:
    room.stage.http.answers = [Say(202, "queued as 17")]
    await room.ask()
    assert await room.over() == ["DELIVERED"]
    row = await only(room)
    assert row.attempts == 1
    assert row.delivered_at is not None
    assert row.provider_answer is not None
    assert row.provider_answer["1"]["said"] == "queued as 17"
    assert row.provider_answer["1"]["code"] == 202


async def test_asking_again_tells_nobody_twice(room: House) -> None:
    request = room.request("fact-1")
    for _ in range(3):
        await room.ask(request)
        assert await room.over() == ["DELIVERED"]
    assert len(room.stage.http.heard) == 1


async def test_a_server_in_trouble_is_asked_until_it_is_well(
    stage: Stage, organization: TestOrganization
) -> None:
    stage.http.answers = [Say(500, "oops"), Say(503, "still"), HANG]
    async with settled(stage, organization, patience=timedelta(seconds=2)) as room:
        await room.endpoint()
        await room.route()
        await room.ask()
        assert await room.over() == ["DELIVERED"]
        row = await only(room)
    assert row.attempts == 4
    assert row.error is None
    assert row.provider_answer is not None
    said = [row.provider_answer[number]["said"] for number in "1234"]
    assert said[:2] == ["500: oops", "503: still"]
    assert "did not answer within" in said[2]
    assert len({heard.headers["webhook-id"] for heard in stage.http.heard}) == 1


@pytest.mark.parametrize("code", [400, 401, 404, 410])
async def test_a_refusal_is_final_and_quoted(room: House, code: int) -> None:
    room.stage.http.answers = [Say(code, "no_such_hook")]
    await room.ask()
    assert await room.over() == ["FAILED"]
    row = await only(room)
    assert (row.error, row.attempts) == (f"{code}: no_such_hook", 1)
    assert len(room.stage.http.heard) == 1


async def test_a_redirect_leads_nowhere(room: House) -> None:
    room.stage.http.answers = [INWARD]
    await room.ask()
    assert await room.over() == ["FAILED"]
    assert (await only(room)).error == "redirects are not followed"
    assert len(room.stage.http.heard) == 1


@pytest.mark.parametrize("channel", [Channel.SLACK, Channel.WEBHOOK, Channel.TEAMS])
async def test_nothing_goes_to_an_inward_address(house: House, channel: Channel) -> None:
    for number, address in enumerate(("http://169.254.169.254/", "http://127.0.0.1:1/")):
        await house.endpoint(f"inward-{number}", channel=channel, address=address)
    await house.route(channel)
    await house.ask()
    assert await house.over() == ["FAILED", "FAILED"]
    assert all("Nothing is sent to this address" in str(row.error) for row in await house.rows())


async def test_an_endless_answer_is_cut(room: House) -> None:
    room.stage.http.answers = [Say(endless=True)]
    await room.ask()
    assert await room.over() == ["DELIVERED"]
    row = await only(room)
    assert row.provider_answer is not None
    assert len(row.provider_answer["1"]["said"]) <= 2_000


async def test_every_secret_signs_while_they_are_rotated(house: House) -> None:
    await house.endpoint(secrets=(SECRET, OLD))
    await house.route()
    await house.ask()
    await house.over()
    (heard,) = house.stage.http.heard
    for secret in (SECRET, OLD):
        said = Webhook(secret).verify(heard.body, heard.headers)
        assert said["type"] == "PhaseCompleted"
        assert said["data"]["topic"] == "KEY-1"


async def test_secrets_in_a_ticket_are_not_passed_on(room: House) -> None:
    occasion = Occasion(issue_key="KEY-1", reason="the password is hunter2-hunter2")
    await room.ask(room.request(occasion=occasion))
    await room.over()
    assert b"hunter2" not in room.stage.http.heard[0].body
    assert "[redacted: known secret]" in (await only(room)).body


async def test_approvers_get_a_mail_that_says_how_to_decide(house: House) -> None:
    async with house.stage.sessions.begin() as session:
        await Routes(session, house.organization.id).ensure(SEEDED_ROUTES)
        people = People(session, house.organization.id)
        await people.ensure("max@example.org", "Max", Role.MANAGER)
        await people.ensure("eve@example.org", "Eve", Role.VIEWER)
    until = await house.stage.time.get_current_time()
    occasion = Occasion(issue_key="KEY-1", title="Round up", gate="plan", code="k7", until=until)
    request = house.request(
        event_type="ApprovalRequested",
        occasion=occasion,
        people=("ann@example.org", "MAX@example.org"),
        roles=(Role.MANAGER,),
    )
    await house.ask(request)
    assert await house.over() == ["SENT", "SENT"]
    mails = house.stage.mail.mails
    assert sorted(mail["To"].lower() for mail in mails) == ["ann@example.org", "max@example.org"]
    text = mails[0].get_content()
    assert "starter.py approve KEY-1 --gate plan" in text
    assert f"Until: {until:%Y-%m-%d %H:%M} UTC" in text
    assert "/approve k7" in text


async def test_a_refused_mail_bounces_and_a_busy_server_is_asked_again(house: House) -> None:
    await house.route(Channel.EMAIL, people=True)
    house.stage.mail.refusals = {
        "gone@example.org": ["550 5.1.1 no such user"],
        "busy@example.org": ["451 4.3.0 later"],
    }
    await house.ask(house.request(people=("gone@example.org",)))
    assert await house.over() == ["BOUNCED"]
    row = await only(house)
    assert (row.error, row.attempts) == ("550 5.1.1 no such user", 1)
    await house.ask(house.request(people=("busy@example.org",)))
    assert await house.over() == ["BOUNCED", "SENT"]
    assert (await house.rows())[1].attempts == 2


async def test_a_lost_message_is_sent_again_when_a_person_says_so(room: House) -> None:
    room.stage.http.answers = [Say(403, "revoked")]
    await room.ask()
    assert await room.over() == ["FAILED"]
    row = await only(room)
    for _ in range(2):
        await room.resend(row.dedupe_key)
        assert await room.over() == ["DELIVERED"]
    row = await only(room)
    assert row.provider_answer is not None
    assert list(row.provider_answer) == ["1", "2"]
    assert len(room.stage.http.heard) == 2


async def test_nothing_more_goes_to_an_endpoint_that_was_removed(room: House) -> None:
    room.stage.http.answers = [Say(403, "revoked")]
    await room.ask()
    assert await room.over() == ["FAILED"]
    async with room.stage.sessions.begin() as session:
        await Endpoints(session, room.organization.id).retire("room")
    await room.resend((await only(room)).dedupe_key)
    assert await room.over() == ["FAILED"]
    assert len(room.stage.http.heard) == 1
    assert (await only(room)).error == "its endpoint room was removed: nothing more goes there"
