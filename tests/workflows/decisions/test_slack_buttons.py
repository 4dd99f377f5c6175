"""Buttons in Slack: from the request in the channel to the decision at the gate of a whole run."""

from collections.abc import AsyncIterator

import pytest
from httpx2 import AsyncClient

from contracts.events import ApprovalGranted, ApprovalRejected
from tests.receivers import Receiver, receiving
from tests.web.gate import KEY
from tests.workflows.approval_house import receiving_people, sealed_ground
from tests.workflows.endings import failure_of
from tests.workflows.office import Office, worker_of
from tests.workflows.scripted_workshop import ScriptedWorkshop
from tests.workflows.slack_house import OK, STRANGER, TEAM, SlackHouse, settle_in_slack


@pytest.fixture
async def slack() -> AsyncIterator[Receiver]:
    async with receiving() as receiver:
        receiver.always = OK
        yield receiver


@pytest.fixture
async def house(
    closed_office: Office, workshop: ScriptedWorkshop, http: AsyncClient, slack: Receiver
) -> AsyncIterator[SlackHouse]:
    office = closed_office
    path = await settle_in_slack(office)
    there = {"slack_api_url": f"{slack.origin}/api/", "slipway_trusted_origins": slack.origin}
    ground = sealed_ground(office)
    async with (
        worker_of(office, workshop, ground, slipway_encryption_keys=KEY, **there),
        receiving_people(office, http, **there) as reception,
    ):
        yield SlackHouse(reception, slack, path)
        workshop.let_everybody_go()


async def test_a_press_of_the_button_decides_the_gate(house: SlackHouse) -> None:
    office = house.reception.office
    handle = await office.start()
    drawn = await house.drawn()
    assert list(drawn) == ["slipway:approve", "slipway:request_changes", "slipway:reject"]
    answer = await house.press("slipway:approve", drawn["slipway:approve"])
    assert (answer.status_code, answer.content) == (200, b"")
    await handle.result()
    (granted,) = await office.facts(ApprovalGranted)
    assert (granted.channel, granted.verified) == ("slack", True)
    assert await house.told() == "KEY-1: approve — your decision is recorded."


async def test_to_reject_a_reason_is_asked_for_by_a_form(house: SlackHouse) -> None:
    office = house.reception.office
    handle = await office.start()
    drawn = await house.drawn()
    await house.press("slipway:reject", drawn["slipway:reject"])
    shown = await house.slack.next("/api/views.open")
    assert shown.headers["authorization"] == "Bearer xoxb-token"
    view = shown.json["view"]
    empty = await house.explain(view, "  ")
    assert empty.json()["response_action"] == "errors"
    assert (await house.explain(view, "too risky")).content == b""
    assert (await failure_of(handle)).message is not None
    (rejected,) = await office.facts(ApprovalRejected)
    assert (rejected.channel, rejected.comment) == ("slack", "too risky")
    whispered = (await house.slack.next("/api/chat.postEphemeral")).json
    assert (whispered["channel"], whispered["user"]) == ("C1", "U0CA5")
    assert "your decision is recorded" in whispered["text"]


async def test_somebody_unknown_is_refused_told_so_and_on_record(house: SlackHouse) -> None:
    office = house.reception.office
    handle = await office.start()
    drawn = await house.drawn()
    await house.press("slipway:approve", drawn["slipway:approve"], user=STRANGER)
    told = await house.told()
    assert f"does not count: slack:{TEAM}:{STRANGER} is nobody we know" in told
    assert "users link" in told
    (audit,) = await house.reception.audits("webhook:decide")
    assert (audit.actor_id, audit.result) == (f"slack:{TEAM}:{STRANGER}", "REFUSED")
    await office.approve()
    await handle.result()
    (granted,) = await office.facts(ApprovalGranted)
    assert granted.channel != "slack"


async def test_a_press_keeps_no_keys_to_slack(house: SlackHouse) -> None:
    handle = await house.reception.office.start()
    drawn = await house.drawn()
    await house.press("slipway:approve", drawn["slipway:approve"])
    await handle.result()
    (row,) = await house.reception.deliveries()
    kept = str(row.payload)
    assert "response_url" not in kept
    assert "secret" not in kept
