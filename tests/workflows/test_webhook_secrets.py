"""A secret that somebody types into a comment goes no further than the delivery's own row."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import select

from contracts.events import ApprovalGranted, GuidanceGiven
from contracts.webhooks import WebhookWork
from db.models import AuditLog, Event
from tests.github_life import comment
from tests.workflows.office import PLAN, Office
from tests.workflows.webhook_house import MAX, RITA, TOKEN, WebhookHouse, found_webhook_house


@pytest.fixture
async def house(office: Office) -> AsyncIterator[WebhookHouse]:
    office.playbook("standard", PLAN)
    house = await found_webhook_house(office)
    async with house.worker():
        yield house


async def test_guidance_and_decisions_are_kept_and_passed_on_without_it(
    house: WebhookHouse,
) -> None:
    work = await house.office.start(playbook="standard")
    await house.asked()
    histories = []
    for words, by in ((f"/guide try {TOKEN}", RITA), (f"/approve it has {TOKEN}", MAX)):
        row = await house.take_in("issue_comment", comment(words, by))
        webhook = await house.begin(WebhookWork(row=row))
        assert await webhook.result() == "PROCESSED"
        histories.append(await webhook.fetch_history())
    await work.result()
    histories.append(await work.fetch_history())

    (guided,) = await house.office.facts(GuidanceGiven)
    (granted,) = await house.office.facts(ApprovalGranted)
    mark = "[redacted: known secret]"
    assert (guided.text, granted.comment) == (f"try {mark}", f"it has {mark}")
    assert not any(TOKEN in str(event) for one in histories for event in one.events)
    assert any(mark in str(event) for one in histories for event in one.events)
    async with house.office.stores.sessions() as session:
        audits = select(AuditLog).where(AuditLog.organization_id == house.organization_id)
        tried = [f"{row.payload} {row.reason}" for row in await session.scalars(audits)]
        events = select(Event.payload).where(Event.organization_id == house.organization_id)
        kept = [*tried, *map(str, await session.scalars(events))]
    assert not any(TOKEN in one for one in kept)
    assert any(mark in one for one in kept)
