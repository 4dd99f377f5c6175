"""The product's own worker hears webhooks as its settings say."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import select

from db.models import Issue, Project
from tests.github_life import comment, issue, pull_request
from tests.workflows.office import Office, worker_of
from tests.workflows.scripted_workshop import ScriptedWorkshop
from tests.workflows.webhook_house import RITA, WebhookHouse, found_webhook_house

OURS, LABEL, TOKEN = 7100, "agents", "ghp_" + "a1B2" * 9


@pytest.fixture
async def house(closed_office: Office, workshop: ScriptedWorkshop) -> AsyncIterator[WebhookHouse]:
    house = await found_webhook_house(closed_office)
    house.task_queue = closed_office.task_queue
    await house.vouch(OURS, "bot@example.org")
    async with closed_office.stores.sessions() as session:
        found = select(Project.id).where(Project.organization_id == house.organization_id)
        house.project_id = await session.scalar(found)
    async with worker_of(
        closed_office,
        workshop,
        slipway_own_accounts=f"github:1,github:{OURS}",
        slipway_start_label=LABEL,
    ):
        yield house
        workshop.let_everybody_go()


async def test_what_our_own_accounts_do_is_an_echo(house: WebhookHouse) -> None:
    row = await house.deliver("issue_comment", comment("/jira-work", OURS))
    assert (row.status, row.error_message) == ("IGNORED", "caused by our own account")
    assert (await house.deliver("issue_comment", comment("/jira-work", RITA))).status == "PROCESSED"


async def test_the_label_is_the_one_that_was_chosen(house: WebhookHouse) -> None:
    other = await house.deliver("issues", issue("labeled", RITA, 4, "slipway"))
    assert other.status == "IGNORED"
    chosen = await house.deliver("issues", issue("labeled", RITA, 5, LABEL))
    assert (chosen.status, chosen.error_message) == ("PROCESSED", None)


async def test_a_ticket_is_made_without_the_secret_that_its_issue_quotes(
    house: WebhookHouse,
) -> None:
    told = {"number": 9, "title": f"{TOKEN} leaked", "body": f"We use {TOKEN}"}
    await house.deliver("issues", issue("labeled", RITA, 4, LABEL, **told))
    async with house.office.stores.sessions() as session:
        found = select(Issue).where(
            Issue.organization_id == house.organization_id, Issue.key == "KEY-9"
        )
        made = (await session.scalars(found)).one()
    assert made.title == "[redacted: GitHub token] leaked"
    assert made.description == "We use [redacted: GitHub token]"


async def test_late_news_of_a_pull_request_changes_nothing(house: WebhookHouse) -> None:
    merged = pull_request("closed", 3, state="closed", merged=True)
    assert (await house.deliver("pull_request", merged)).status == "PROCESSED"
    late = await house.deliver("pull_request", pull_request("synchronize", 1))
    assert await house.status_of("KEY-1") == "Done"
    assert late.error_message == "no ticket of ours is meant, or newer things are known of it"
