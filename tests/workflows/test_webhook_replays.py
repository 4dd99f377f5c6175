"""Replays and lost answers: what was done is known, what was not is done."""

from collections.abc import AsyncIterator
from hashlib import sha256

import pytest

from contracts.events import GuidanceGiven
from contracts.jira_work import Guidance
from contracts.webhooks import WebhookWork
from tests.github_life import comment
from tests.workflows.office import CODE, MANAGER, PLAN, REQUESTER, Office, until
from tests.workflows.webhook_house import MAX, RITA, STRANGER, WebhookHouse, found_webhook_house


@pytest.fixture
async def house(office: Office) -> AsyncIterator[WebhookHouse]:
    office.playbook("standard", PLAN, CODE)
    house = await found_webhook_house(office)
    async with house.worker():
        yield house


async def test_a_replay_does_not_do_again_what_was_done(house: WebhookHouse) -> None:
    row = await house.deliver("issue_comment", comment("/jira-work", RITA))
    await house.asked()
    await house.office.work.cancel("KEY-1")

    async def ended() -> bool:
        found = await house.office.row()
        return found is not None and found.status == "CANCELLED"

    await until(ended)
    assert (await house.replay(row.id)).status == "PROCESSED"
    assert not await house.office.work.running("KEY-1")


async def test_a_replay_does_what_was_refused_before(house: WebhookHouse) -> None:
    row = await house.deliver("issue_comment", comment("/jira-work", STRANGER))
    assert row.status == "IGNORED"
    await house.vouch(STRANGER, REQUESTER)
    assert (await house.replay(row.id)).status == "PROCESSED"
    await house.asked()


async def test_a_start_whose_answer_was_lost_is_found_again(house: WebhookHouse) -> None:
    id = await house.take_in("issue_comment", comment("/jira-work", RITA))
    await house.leave_intent(id, "KEY-1", REQUESTER)
    handle = await house.office.start(playbook="standard")
    await house.office.approve()
    await handle.result()
    assert await house.process(WebhookWork(row=id)) == "PROCESSED"
    row = await house.office.row()
    assert row is not None
    assert (row.attempt, await house.office.work.running("KEY-1")) == (1, False)


async def test_guidance_whose_answer_was_lost_is_not_given_twice(house: WebhookHouse) -> None:
    handle = await house.office.start(playbook="standard")
    await house.asked()
    id = await house.take_in("issue_comment", comment("/guide mind the tests", RITA))
    once = await house.leave_intent(id, "KEY-1", REQUESTER)
    name = sha256(once.encode()).hexdigest()
    guidance = Guidance(text="mind the tests", by=REQUESTER, once=name)
    await house.office.work.signal("KEY-1", "guide", guidance)
    assert await house.process(WebhookWork(row=id)) == "PROCESSED"
    await house.office.approve()
    await handle.result()
    assert [one.text for one in await house.office.facts(GuidanceGiven)] == ["mind the tests"]


async def test_an_approval_whose_answer_was_lost_is_known(house: WebhookHouse) -> None:
    handle = await house.office.start(playbook="standard")
    await house.asked()
    id = await house.take_in("issue_comment", comment("/approve", MAX))
    awaited = (await house.office.state()).awaited
    assert awaited is not None
    plan = {"approval_id": str(awaited.approval_id), "subject_hash": str(awaited.subject_hash)}
    await house.leave_intent(id, "KEY-1", MANAGER, plan)
    await house.office.approve()
    await handle.result()
    assert await house.process(WebhookWork(row=id)) == "PROCESSED"


async def test_guidance_reaches_the_run_once(house: WebhookHouse) -> None:
    handle = await house.office.start(playbook="standard")
    await house.asked()
    row = await house.deliver("issue_comment", comment("/guide mind the tests", RITA))
    await house.replay(row.id)
    await house.office.approve()
    await handle.result()
    assert [one.text for one in await house.office.facts(GuidanceGiven)] == ["mind the tests"]
