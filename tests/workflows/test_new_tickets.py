"""Work on issues of a git host that are no tickets yet: they become tickets, each once."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import select

from contracts.issues import Ticket
from contracts.webhooks import WebhookWork
from db.issues import Issues
from db.models import AuditLog, Issue, IssueOrigin, Project
from tests.github_life import comment, issue
from tests.workflows.office import PLAN, Office, until
from tests.workflows.webhook_house import (
    RITA,
    STRANGER,
    TOKEN,
    WebhookHouse,
    found_webhook_house,
)

TITLE = "Half a  cent is lost"


@pytest.fixture
async def house(office: Office) -> AsyncIterator[WebhookHouse]:
    """Its endpoint is for the one project, whose repository is a folder."""
    office.playbook("standard", PLAN)
    house = await found_webhook_house(office)
    async with office.stores.sessions() as session:
        found = select(Project.id).where(Project.organization_id == house.organization_id)
        house.project_id = await session.scalar(found)
    async with house.worker():
        yield house


def labelled(number: int = 7, by: int = RITA, **rest: Any) -> dict[str, Any]:
    told = {"number": number, "title": TITLE, "body": "In May.", **rest}
    return issue("labeled", by, 4, "slipway", **told)


def said(words: str, number: int = 7, by: int = RITA) -> dict[str, Any]:
    payload: dict[str, Any] = comment(words, by, TITLE)
    payload["issue"]["number"] = number
    return payload


async def ticket(house: WebhookHouse, key: str) -> Ticket:
    async with house.office.stores.sessions() as session:
        return await Issues(session, house.office.slug).get(key)


async def keys(house: WebhookHouse) -> list[str]:
    async with house.office.stores.sessions() as session:
        rows = select(Issue.key).where(Issue.organization_id == house.organization_id)
        return sorted(await session.scalars(rows))


async def test_a_labelled_issue_becomes_a_ticket_that_is_worked(house: WebhookHouse) -> None:
    body = f"Sum two prices.\n\nMy password is {TOKEN}"
    names = [{"name": name} for name in ("slipway", "bug", "Money")]
    row = await house.deliver("issues", labelled(body=body, labels=names))
    assert (row.status, row.error_message) == ("PROCESSED", None)
    made = await ticket(house, "KEY-7")
    assert (made.title, made.type, made.labels) == ("Half a cent is lost", "BUG", ("Money", "bug"))
    assert made.description == "Sum two prices.\n\nMy password is [redacted: known secret]"
    assert await house.office.work.running("KEY-7")


async def test_a_label_and_comments_at_once_are_one_ticket_and_one_run(house: WebhookHouse) -> None:
    payloads = [("issues", labelled()), *[("issue_comment", said("/jira-work"))] * 3]
    ids = [await house.take_in(event, payload) for event, payload in payloads * 2]
    await asyncio.gather(*(house.process(WebhookWork(row=id)) for id in ids))
    assert await keys(house) == ["KEY-1", "KEY-2", "KEY-7"]
    row = await house.office.row("KEY-7")
    assert row is None or row.attempt == 1
    assert await house.office.work.running("KEY-7")


async def test_who_may_not_have_it_worked_makes_no_ticket(house: WebhookHouse) -> None:
    row = await house.deliver("issue_comment", said("/jira-work", by=STRANGER))
    assert row.error_message == f"github:{STRANGER} is nobody we know"
    assert await keys(house) == ["KEY-1", "KEY-2"]
    async with house.office.stores.sessions() as session:
        found = select(AuditLog).where(AuditLog.organization_id == house.organization_id)
        audit = (await session.scalars(found)).one()
    assert (audit.resource_id, audit.result) == ("acme/shop#7", "REFUSED")


async def test_a_number_that_is_taken_leads_to_the_next_one_that_is_free(
    house: WebhookHouse,
) -> None:
    async with house.office.stores.sessions.begin() as session:
        longest = Ticket(key="KEY-9999999999", title="The longest number there can be")
        assert house.project_id is not None
        await Issues(session, house.office.slug).create(house.project_id, longest, None)
    await house.deliver("issues", labelled(1))
    assert await keys(house) == ["KEY-1", "KEY-2", "KEY-3", longest.key]
    await house.deliver("issues", labelled(1))
    assert await keys(house) == ["KEY-1", "KEY-2", "KEY-3", longest.key]
    assert not await house.office.work.running("KEY-1")


async def test_a_key_in_the_title_is_the_tickets(house: WebhookHouse) -> None:
    await house.deliver("issues", labelled(title="UTF-8 and KEY-40: garbled"))
    assert await keys(house) == ["KEY-1", "KEY-2", "KEY-40"]


async def test_what_is_said_under_the_issue_is_said_about_its_ticket(house: WebhookHouse) -> None:
    await house.deliver("issues", labelled())
    guided = await house.deliver("issue_comment", said("/guide mind the tests"))
    assert (guided.status, guided.error_message) == ("PROCESSED", None)
    gone = issue("closed", RITA, 6, number=7, title=TITLE, state_reason="not_planned")
    assert (await house.deliver("issues", gone)).status == "PROCESSED"


async def test_what_is_said_right_behind_the_label_waits_for_it_after_an_outage(
    house: WebhookHouse,
) -> None:
    label, guide = (
        await house.take_in("issues", labelled()),
        await house.take_in("issue_comment", said("/guide mind the tests")),
    )
    guided = await house.begin(WebhookWork(row=guide))

    async def waits() -> bool:
        return (await house.row(guide)).retry_count > 0

    await until(waits)
    assert await house.process(WebhookWork(row=label)) == "PROCESSED"
    assert await guided.result() == "PROCESSED"


async def test_an_issue_of_nobodys_repository_is_no_ticket(house: WebhookHouse) -> None:
    house.project_id = None
    row = await house.deliver("issues", labelled())
    assert (row.status, row.error_message) == ("IGNORED", "acme/shop#7 is no ticket of ours")
    async with house.office.stores.sessions() as session:
        found = select(IssueOrigin).where(IssueOrigin.organization_id == house.organization_id)
        assert (await session.scalars(found)).all() == []
