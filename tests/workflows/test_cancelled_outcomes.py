"""What a cancelled run leaves for the next ticket: told by whole runs."""

import pytest
from sqlalchemy import select
from temporalio.exceptions import CancelledError

from contracts.issues import IssueType, Ticket
from contracts.jira_work import Cancellation
from db.identity import Organizations
from db.issues import Issues
from db.models import Project
from db.verification import verify_ledger
from policy.past_work import told
from tests.workflows.endings import ending_of
from tests.workflows.office import CODE, MANAGER, Office, phase, worker_of
from tests.workflows.scripted_workshop import ScriptedWorkshop

BILLING = Ticket(
    key="KEY-3", title="Invoices lose a cent", type=IssueType.BUG, area="Billing", labels=("cash",)
)
LATER = BILLING.model_copy(update={"key": "KEY-4", "title": "Discount applied twice"})


@pytest.fixture
async def office(office: Office) -> Office:
    office.playbook("line", phase("PLAN", "planner"), CODE)
    async with office.stores.sessions.begin() as session:
        id = await Organizations(session).ensure(office.slug, office.slug)
        project = await session.scalar(select(Project.id).where(Project.organization_id == id))
        assert project is not None
        for ticket in (BILLING, LATER):
            await Issues(session, office.slug).create(project, ticket, None)
    return office


async def test_the_next_ticket_hears_that_it_was_cancelled_and_why(
    office: Office, workshop: ScriptedWorkshop
) -> None:
    coder = workshop.held("coder")
    handle = await office.start(BILLING.key, playbook="line")
    await coder.working.wait()
    await office.work.cancel(BILLING.key, Cancellation(by=MANAGER, reason="sold the shop"))
    await ending_of(handle)
    coder.go_on.set()
    await (await office.start(LATER.key, playbook="line")).result()
    run = workshop.runs_of("planner")[-1]
    (similar,) = run.similar
    assert (similar.issue_key, similar.cancelled) == (BILLING.key, "sold the shop")
    assert "and was cancelled: sold the shop." in told(similar)
    assert run.precedent is None
    assert await verify_ledger(office.stores.sessions) is None


async def test_a_run_that_was_cancelled_before_it_was_open_leaves_none(
    closed_office: Office, workshop: ScriptedWorkshop
) -> None:
    handle = await closed_office.start()
    await handle.cancel()
    async with worker_of(closed_office, workshop):
        assert await ending_of(handle) is CancelledError
    assert await closed_office.row() is None
