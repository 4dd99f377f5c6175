"""Every message reaches its outcome once: at real receivers that misbehave, in skipped time."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from redis.asyncio import Redis
from standardwebhooks import Webhook
from temporalio.testing import WorkflowEnvironment

from contracts.identity import Role
from contracts.notifications import Channel, Occasion, QuietHours
from db.engine import Sessions
from db.identity import People
from db.models import Notification
from db.notification_endpoints import Routes
from policy.notifications import SEEDED_ROUTES, WINDOW
from tests.conftest import TestOrganization
from tests.receivers import HANG, INWARD, MailReceiver, Receiver, Say, receiving, receiving_mail
from tests.workflows.message_house import LIMIT, House, Stage, settled
from tests.workflows.sla_house import time_skipping

SECRET = "whsec_c2VjcmV0LXNlY3JldC1zZWNyZXQ="
OLD = "whsec_b2xkLW9sZC1vbGQtb2xkLW9sZC1vbGQ="


@pytest.fixture(scope="module")
async def time() -> AsyncIterator[WorkflowEnvironment]:
    async with time_skipping() as environment:
        yield environment


@pytest.fixture
async def http() -> AsyncIterator[Receiver]:
    async with receiving() as receiver:
        yield receiver


@pytest.fixture
async def mail() -> AsyncIterator[MailReceiver]:
    async with receiving_mail() as receiver:
        yield receiver


@pytest.fixture
async def stage(
    sessions: Sessions,
    redis: Redis,
    time: WorkflowEnvironment,
    http: Receiver,
    mail: MailReceiver,
) -> Stage:
    return Stage(sessions, redis, time, http, mail)


@pytest.fixture
async def house(stage: Stage, organization: TestOrganization) -> AsyncIterator[House]:
    async with settled(stage, organization) as house:
        yield house


@pytest.fixture
async def room(house: House) -> House:
    """With one webhook that hears of everything at once."""
    await house.endpoint()
    await house.route()
    return house


async def only(house: House) -> Notification:
    (row,) = await house.rows()
    return row


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


async def test_a_server_in_trouble_is_asked_until_it_is_well(room: House) -> None:
    room.stage.http.answers = [Say(500, "oops"), Say(503, "still"), HANG]
    await room.ask()
    assert await room.over() == ["DELIVERED"]
    row = await only(room)
    assert row.attempts == 4
    assert row.error is None
    assert row.provider_answer is not None
    said = [row.provider_answer[number]["said"] for number in "1234"]
    assert said[:2] == ["500: oops", "503: still"]
    assert "did not answer within" in said[2]
    assert len({heard.headers["webhook-id"] for heard in room.stage.http.heard}) == 1


@pytest.mark.parametrize("code", [429, 503])
async def test_the_time_that_a_provider_names_is_kept(room: House, code: int) -> None:
    room.stage.http.answers = [Say(code, "slower", {"Retry-After": "1800"})]
    began = await room.stage.time.get_current_time()
    await room.ask()
    assert await room.over() == ["DELIVERED"]
    waited = await room.stage.time.get_current_time() - began
    assert timedelta(minutes=30) <= waited < timedelta(minutes=40)
    assert (await only(room)).attempts == 2


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


async def test_five_failures_in_a_row_close_the_endpoint_for_five_minutes(room: House) -> None:
    room.stage.http.answers = [Say(500)] * 5
    began = await room.stage.time.get_current_time()
    await room.ask()
    assert await room.over() == ["DELIVERED"]
    waited = await room.stage.time.get_current_time() - began
    assert waited >= timedelta(minutes=5)
    assert len(room.stage.http.heard) == 6


async def test_a_slow_down_is_no_failure_of_the_endpoint(room: House) -> None:
    room.stage.http.answers = [Say(429)] * 6
    began = await room.stage.time.get_current_time()
    await room.ask()
    assert await room.over() == ["DELIVERED"]
    waited = await room.stage.time.get_current_time() - began
    assert waited < timedelta(minutes=5)


async def test_what_one_endpoint_refuses_its_fallback_hears(house: House) -> None:
    await house.endpoint("spare")
    await house.endpoint("room", channel=Channel.DISCORD, fallback="spare", secrets=())
    await house.route(Channel.DISCORD)
    house.stage.http.answers = [Say(404, "Unknown Webhook")]
    await house.ask()
    assert await house.over() == ["FAILED", "DELIVERED"]
    assert [heard.path for heard in house.stage.http.heard] == ["/room?wait=true", "/spare"]


async def test_who_never_answers_is_given_up_for_the_fallback(house: House) -> None:
    await house.endpoint("spare")
    await house.endpoint("room", channel=Channel.TEAMS, fallback="spare")
    await house.route(Channel.TEAMS, urgent=True)
    house.stage.http.always = Say(500, "down")
    await house.ask()
    (first,) = await house.rows()
    await house.delivery(first.dedupe_key).result()
    house.stage.http.always = Say()
    assert await house.over() == ["FAILED", "DELIVERED"]
    assert (await house.rows())[0].error == "500: down"


async def test_quiet_hours_hold_messages_but_urgent_ones(house: House) -> None:
    now = await house.stage.time.get_current_time()
    until = now + timedelta(hours=7)
    start = (now - timedelta(hours=1)).time()
    quiet = QuietHours(time_zone="UTC", start=start, end=until.time())
    await house.endpoint(quiet=quiet)
    await house.route()
    await house.route(event_type="OrchestrationFailed", urgent=True)
    await house.ask(house.request(event_type="OrchestrationFailed"))
    (urgent,) = await house.rows()
    await house.delivery(urgent.dedupe_key).result()
    assert await house.stage.time.get_current_time() < until
    await house.ask()
    assert await house.over() == ["DELIVERED", "DELIVERED"]
    assert await house.stage.time.get_current_time() >= until


async def test_a_batch_is_one_message_when_its_window_ends(house: House) -> None:
    await house.endpoint()
    await house.route(batched=True)
    began = await house.stage.time.get_current_time()
    for phase in ("PLAN", "CODE", "TEST"):
        occasion = Occasion(issue_key="KEY-1", phase=phase)
        await house.ask(house.request(occasion=occasion))
    assert house.stage.http.heard == []
    assert await house.over() == ["DELIVERED"] * 3
    assert await house.stage.time.get_current_time() - began <= 2 * WINDOW
    (heard,) = house.stage.http.heard
    assert heard.json["data"]["subject"].startswith("3 messages: KEY-1: PLAN is done")
    assert "TEST is done" in heard.json["data"]["body"]


async def test_near_the_limit_messages_are_batched_and_urgent_ones_pass(
    stage: Stage, organization: TestOrganization
) -> None:
    limit = LIMIT.model_copy(update={"tokens": 4})
    async with settled(stage, organization, limit) as house:
        await house.endpoint()
        await house.route()
        await house.route(event_type="OrchestrationFailed", urgent=True)
        for _ in range(5):
            await house.ask()
        await house.ask(house.request(event_type="OrchestrationFailed"))
        assert await house.over() == ["DELIVERED"] * 6
        batched = [row for row in await house.rows() if row.batch_key is not None]
        assert len(batched) == 2
    assert len(stage.http.heard) == 5


async def test_a_message_that_joins_a_closing_batch_is_not_forgotten(house: House) -> None:
    await house.endpoint()
    await house.route(batched=True)
    late = house.request()
    await house.ask()
    (first,) = await house.rows()
    assert first.batch_key is not None
    await house.delivery(first.batch_key).result()
    await house.ask(late)
    assert await house.over() == ["DELIVERED", "DELIVERED"]


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
        "busy@example.org": ["451 4.3.0 later", "250 OK"],
    }
    await house.ask(house.request(people=("gone@example.org",)))
    await house.over()
    row = await only(house)
    assert (row.status, row.error, row.attempts) == ("BOUNCED", "550 5.1.1 no such user", 1)


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
