"""When messages go out, in skipped time: pauses, closed endpoints, quiet hours, batches."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select
from temporalio.testing import ActivityEnvironment

from activities.shared import SharedByAll
from contracts.limits import Limit
from contracts.notifications import Channel, Occasion, Parcel, QuietHours
from db.models import NotificationEndpoint
from errors import RetryLaterError
from policy.notifications import WINDOW, window_end
from tests.conftest import TestOrganization
from tests.receivers import Say
from tests.workflows.message_house import House, Stage, only, sent, settled
from tests.workflows.office import until

# In which a message more comes to be allowed only after minutes: Redis' clock can't be skipped.
HOUR = timedelta(hours=1)


@pytest.mark.parametrize("code", [429, 503])
async def test_the_time_that_a_provider_names_is_kept(room: House, code: int) -> None:
    room.stage.http.answers = [Say(code, "slower", {"Retry-After": "1800"})]
    began = await room.stage.time.get_current_time()
    await room.ask()
    assert await room.over() == ["DELIVERED"]
    waited = sent(await only(room)) - began
    assert timedelta(minutes=30) <= waited < timedelta(minutes=40)
    assert (await only(room)).attempts == 2


async def test_while_a_provider_wants_to_be_left_alone_nothing_else_goes_there(
    room: House,
) -> None:
    room.stage.http.answers = [Say(429, "slower", {"Retry-After": "1800"})]
    began = await room.stage.time.get_current_time()
    await room.ask()

    async def is_closed() -> bool:
        async with room.stage.sessions() as session:
            mine = NotificationEndpoint.organization_id == room.organization.id
            statement = select(NotificationEndpoint.closed_until).where(mine)
            return await session.scalar(statement) is not None

    await until(is_closed)
    await room.ask()
    assert await room.over() == ["DELIVERED", "DELIVERED"]
    assert all(sent(row) - began >= timedelta(minutes=30) for row in await room.rows())
    assert len(room.stage.http.heard) == 3


async def test_five_failures_in_a_row_close_the_endpoint_for_five_minutes(room: House) -> None:
    room.stage.http.answers = [Say(500)] * 5
    began = await room.stage.time.get_current_time()
    await room.ask()
    assert await room.over() == ["DELIVERED"]
    waited = sent(await only(room)) - began
    assert waited >= timedelta(minutes=5)
    assert len(room.stage.http.heard) == 6


async def test_a_slow_down_is_no_failure_of_the_endpoint(room: House) -> None:
    room.stage.http.answers = [Say(429)] * 6
    began = await room.stage.time.get_current_time()
    await room.ask()
    assert await room.over() == ["DELIVERED"]
    waited = sent(await only(room)) - began
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
    await house.end_of(first.dedupe_key)
    house.stage.http.always = Say()
    assert await house.over() == ["FAILED", "DELIVERED"]
    assert (await house.rows())[0].error == "500: down"


async def test_quiet_hours_hold_messages_but_urgent_ones(house: House) -> None:
    now = await house.stage.time.get_current_time()
    morning = now + timedelta(hours=7)
    start = (now - timedelta(hours=1)).time()
    quiet = QuietHours(time_zone="UTC", start=start, end=morning.time())
    await house.endpoint(quiet=quiet)
    await house.route()
    await house.route(event_type="OrchestrationFailed", urgent=True)
    await house.ask(house.request(event_type="OrchestrationFailed"))
    await house.ask()
    assert await house.over() == ["DELIVERED", "DELIVERED"]
    first, second = await house.rows()
    assert sent(first) < morning <= sent(second)


async def test_what_comes_into_quiet_hours_while_it_is_tried_waits_for_their_end(
    house: House,
) -> None:
    now = await house.stage.time.get_current_time()
    morning = now + timedelta(hours=7)
    evening = now + timedelta(minutes=2)
    quiet = QuietHours(time_zone="UTC", start=evening.time(), end=morning.time())
    await house.endpoint("spare")
    await house.endpoint(quiet=quiet, fallback="spare")
    await house.route(endpoint="room")
    house.stage.http.answers = [Say(503, "later", {"Retry-After": "300"})]
    await house.ask()
    assert await house.over() == ["DELIVERED"]
    row = await only(house)
    assert (row.attempts, row.recipient) == (2, "room")
    assert morning <= sent(row) < morning + timedelta(hours=1)


async def test_a_batch_is_one_message_when_its_window_ends(house: House) -> None:
    await house.endpoint()
    await house.route(batched=True)
    began = await house.stage.time.get_current_time()
    for phase in ("PLAN", "CODE", "TEST"):
        occasion = Occasion(issue_key="KEY-1", phase=phase)
        await house.ask(house.request(occasion=occasion))
    assert house.stage.http.heard == []
    assert await house.over() == ["DELIVERED"] * 3
    (sent_at,) = {sent(row) for row in await house.rows()}
    assert window_end(began) <= sent_at <= window_end(began) + WINDOW
    (heard,) = house.stage.http.heard
    assert heard.json["data"]["subject"].startswith("3 messages: KEY-1: PLAN is done")
    assert "TEST is done" in heard.json["data"]["body"]


async def test_near_the_limit_messages_are_batched_and_urgent_ones_pass(
    stage: Stage, organization: TestOrganization
) -> None:
    limit = Limit(scope="notifications", tokens=4, per=HOUR)
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


async def test_a_person_near_the_limit_gets_one_mail_but_for_what_asks_for_a_decision(
    stage: Stage, organization: TestOrganization
) -> None:
    limit = Limit(scope="notifications", tokens=8, per=HOUR)
    ann, ben = ("ann@example.org",), ("ben@example.org",)
    async with settled(stage, organization, limit) as house:
        await house.route(Channel.EMAIL, people=True)
        for people in (*[ann] * 8, ben):
            await house.ask(house.request(people=people))
        await house.ask(house.request(people=ann, correlation_id=uuid4()))
        assert await house.over() == ["SENT"] * 10
    subjects = [str(mail["Subject"]) for mail in stage.mail.mails]
    assert len(subjects) == 9
    assert sum(subject.startswith("2 messages: ") for subject in subjects) == 1


async def test_beyond_the_limit_a_recipient_is_left_alone_but_for_what_is_urgent(
    stage: Stage, organization: TestOrganization
) -> None:
    limit = Limit(scope="notifications", tokens=50, per=HOUR)
    async with settled(stage, organization, limit) as house:
        await house.endpoint()
        await house.route()
        await house.route(event_type="OrchestrationFailed", urgent=True)
        async with stage.sessions() as session:
            mine = NotificationEndpoint.organization_id == organization.id
            room = await session.scalar(select(NotificationEndpoint.id).where(mine))
        shared = SharedByAll(stage.redis, {limit.scope: limit}).of(organization.id)
        for _ in range(limit.tokens):
            await shared.admit_message("webhook", str(room))
        await house.ask()
        parcel = Parcel(key=(await only(house)).dedupe_key)
        with pytest.raises(RetryLaterError, match="notifications") as later:
            await ActivityEnvironment().run(house.parcels.send_parcel, parcel)
        assert later.value.delay > timedelta(seconds=30)
        assert stage.http.heard == []
        urgent = house.request(event_type="OrchestrationFailed")
        await house.ask(urgent)
        (key,) = [row.dedupe_key for row in await house.rows() if row.urgent]
        await house.end_of(key)
        assert len(stage.http.heard) == 1
        # What still waits would keep the server's time from being skipped for the next test.
        async for bucket in stage.redis.scan_iter(f"slipway:{organization.id}:rate_limit:*"):
            await stage.redis.unlink(bucket)
        await house.over()


async def test_a_message_that_joins_a_closing_batch_is_not_forgotten(house: House) -> None:
    await house.endpoint()
    await house.route(batched=True)
    late = house.request()
    await house.ask()
    (first,) = await house.rows()
    assert first.batch_key is not None
    await house.end_of(first.batch_key)
    await house.ask(late)
    assert await house.over() == ["DELIVERED", "DELIVERED"]
