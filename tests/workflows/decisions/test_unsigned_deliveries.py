"""Who decided is only as sure as the delivery that says so."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from pydantic import SecretStr
from sqlalchemy import update

from activities.approvals import Seals
from contracts.events import ApprovalGranted
from db.models import WebhookEndpoint
from tests.github_life import now, review
from tests.workflows.office import CODE, PLAN, Office, ground_of, worker_of
from tests.workflows.people_house import SECRET
from tests.workflows.scripted_workshop import ScriptedWorkshop
from tests.workflows.webhook_house import MAX, WebhookHouse, found_webhook_house

SEALS = Seals.of(SecretStr(SECRET), production=False)


@pytest.fixture
async def house(closed_office: Office, workshop: ScriptedWorkshop) -> AsyncIterator[WebhookHouse]:
    """In front of an office that believes its seals."""
    closed_office.playbook("standard", PLAN, CODE)
    house = await found_webhook_house(closed_office)
    ground = replace(ground_of(closed_office.stores, closed_office.folder), seals=SEALS)
    async with worker_of(closed_office, workshop, ground), house.worker(seals=SEALS):
        yield house


@pytest.mark.parametrize("secrets", [[], [b"an encrypted one"]], ids=["unsigned", "signed"])
async def test_a_review_is_vouched_for_where_it_must_have_been_signed(
    house: WebhookHouse, secrets: list[bytes]
) -> None:
    async with house.office.stores.sessions.begin() as session:
        mine = update(WebhookEndpoint).where(WebhookEndpoint.id == house.endpoint_id)
        await session.execute(mine.values(secrets=secrets))
    handle = await house.office.start(playbook="standard")
    commit = await house.asked()
    await house.deliver("pull_request_review", review("approved", 1, MAX, commit, now()))
    await handle.result()
    (granted,) = await house.office.facts(ApprovalGranted)
    assert (granted.channel, granted.verified) == ("git", bool(secrets))
