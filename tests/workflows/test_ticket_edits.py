"""An issue that is edited where it is kept: the ticket that was made of it, and its approvals."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select

from contracts.events import ApprovalRequested, ApprovalVoided
from contracts.jira_work import TicketChanged
from db.issues import Issues
from db.models import Approval, Issue, IssueChange, IssueOrigin
from db.verification import verify_ledger
from policy.ledger import fingerprint
from tests.github_life import issue
from tests.workflows.office import CODE, KEY, PLAN, Office, approval, until
from tests.workflows.scripted_workshop import ScriptedWorkshop
from tests.workflows.webhook_house import RITA, STRANGER, WebhookHouse, found_webhook_house

EDITED = "Round half a cent down"


@pytest.fixture
async def house(office: Office) -> AsyncIterator[WebhookHouse]:
    """KEY-1 was made of an issue of GitHub, KEY-2 was not."""
    office.playbook("gated", PLAN, CODE)
    house = await found_webhook_house(office)
    async with office.stores.sessions.begin() as session:
        made = select(Issue.id).where(
            Issue.key == KEY, Issue.organization_id == house.organization_id
        )
        origin = IssueOrigin(
            id=uuid4(),
            organization_id=house.organization_id,
            issue_id=await session.scalar(made),
            provider="GITHUB",
            repository="acme/shop",
            number=5,
        )
        session.add(origin)
    async with house.worker():
        yield house


def edited(by: int, at: int = 5, title: str = EDITED, **rest: Any) -> dict[str, Any]:
    payload = issue("edited", by, at, body="As the tax office says.", **rest)
    payload["issue"]["title"] = title
    return {**payload, "changes": {"title": {"from": "before"}}}


async def voided(house: WebhookHouse) -> list[ApprovalVoided]:
    return await house.office.facts(ApprovalVoided)


async def revisions(office: Office) -> list[tuple[int, str]]:
    row = await office.row()
    assert row is not None
    async with office.stores.sessions() as session:
        statement = select(Approval.revision, Approval.status).order_by(Approval.revision)
        found = await session.execute(statement.where(Approval.orchestration_id == row.id))
        return [(revision, status) for revision, status in found]


async def test_an_approved_plan_is_asked_about_again_when_its_issue_is_edited(
    house: WebhookHouse, workshop: ScriptedWorkshop
) -> None:
    office, coder = house.office, workshop.held("coder")
    handle = await office.start(playbook="gated")
    await office.approve()
    await coder.working.wait()
    for _ in range(2):
        assert (await house.deliver("issues", edited(RITA))).status == "PROCESSED"
    async with office.stores.sessions() as session:
        ticket = await Issues(session, office.slug).get(KEY)
        changes = select(IssueChange.old, IssueChange.new, IssueChange.field)
        kept = (await session.execute(changes.order_by(IssueChange.field.desc()))).all()
    assert (ticket.title, ticket.description) == (EDITED, "As the tax office says.")
    assert ("Round half a cent up", EDITED, "title") in [tuple(one) for one in kept]
    coder.go_on.set()

    async def asked_again() -> bool:
        return len(await office.facts(ApprovalRequested)) == 2

    await until(asked_again)
    assert [one.granted for one in await voided(house)] == [True]
    assert await revisions(office) == [(1, "VOID"), (2, "PENDING")]
    await office.tell("decide", approval())
    await handle.result()
    assert await revisions(office) == [(1, "VOID"), (2, "APPROVED")]
    assert await verify_ledger(office.stores.sessions) is None


async def test_an_open_question_is_asked_anew_when_its_issue_is_edited(house: WebhookHouse) -> None:
    office = house.office
    handle = await office.start(playbook="gated")
    await office.awaited()
    await house.deliver("issues", edited(RITA))

    async def asked_again() -> bool:
        return len(await office.facts(ApprovalRequested)) == 2

    await until(asked_again)
    assert [one.granted for one in await voided(house)] == [False]
    await office.approve()
    await handle.result()


async def test_who_may_not_work_here_changes_no_ticket(house: WebhookHouse) -> None:
    handle = await house.office.start(playbook="gated")
    await house.office.awaited()
    row = await house.deliver("issues", edited(STRANGER))
    assert (row.status, row.error_message) == (
        "IGNORED",
        f"github:{STRANGER} is nobody we know",
    )
    await house.office.approve()
    await handle.result()
    assert await voided(house) == []


async def test_an_edit_that_was_overtaken_changes_nothing(house: WebhookHouse) -> None:
    await house.deliver("issues", edited(RITA, at=9))
    row = await house.deliver("issues", edited(RITA, at=8, title="Round up"))
    assert (row.status, row.error_message) == ("IGNORED", "a newer text is known")
    async with house.office.stores.sessions() as session:
        assert (await Issues(session, house.office.slug).get(KEY)).title == EDITED


async def test_an_issue_that_only_names_a_ticket_does_not_say_how_it_reads(
    house: WebhookHouse,
) -> None:
    payload = edited(RITA, title="KEY-2 is not like this", number=6)
    row = await house.deliver("issues", payload)
    assert (row.status, row.error_message) == ("IGNORED", "acme/shop#6 is no ticket of ours")


async def test_hearing_the_same_text_twice_or_too_late_is_harmless(house: WebhookHouse) -> None:
    office = house.office
    handle = await office.start(playbook="gated")
    await office.approve()
    async with office.stores.sessions() as session:
        ticket = await Issues(session, office.slug).get(KEY)
    same = TicketChanged(ticket_hash=fingerprint(ticket.model_dump(mode="json")))
    await handle.signal("ticket_changed", same)
    await handle.result()
    assert await voided(house) == []
