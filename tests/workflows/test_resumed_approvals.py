"""What an earlier attempt was granted, when its work goes on in a later one."""

from sqlalchemy import update

from contracts.events import ApprovalRequested, ApprovalVoided
from db.models import Issue
from db.verification import verify_ledger
from tests.workflows.office import CODE, KEY, PLAN, Office, failure_of, phase
from tests.workflows.scripted_workshop import ScriptedWorkshop, broken, done


async def broke_off(office: Office, workshop: ScriptedWorkshop) -> None:
    """After its plan was approved."""
    office.playbook("gated", PLAN, CODE)
    workshop.script("coder", broken("AgentTimedOut", "took too long"), done("coded"))
    handle = await office.start(playbook="gated")
    await office.approve()
    await failure_of(handle)


async def is_edited(office: Office) -> None:
    row = await office.row()
    assert row is not None
    mine = Issue.organization_id == row.organization_id
    async with office.stores.sessions.begin() as session:
        edited = update(Issue).where(Issue.key == KEY, mine)
        await session.execute(edited.values(title="Round half a cent down"))


async def test_what_was_approved_stands_in_the_attempt_that_goes_on(
    office: Office, workshop: ScriptedWorkshop
) -> None:
    await broke_off(office, workshop)
    assert (await (await office.start(playbook="gated", resume=True)).result()).attempt == 2
    assert await office.facts(ApprovalRequested) == []


async def test_a_ticket_that_was_edited_in_between_is_asked_about_first(
    office: Office, workshop: ScriptedWorkshop
) -> None:
    await broke_off(office, workshop)
    await is_edited(office)
    handle = await office.start(playbook="gated", resume=True)
    await office.approve()
    await handle.result()
    (asked,) = await office.facts(ApprovalRequested)
    assert asked.subject["asked_again"] == "the ticket was changed after it was approved"
    assert await office.facts(ApprovalVoided) == []
    assert await verify_ledger(office.stores.sessions) is None


async def test_a_playbook_without_that_gate_asks_nothing(
    office: Office, workshop: ScriptedWorkshop
) -> None:
    await broke_off(office, workshop)
    await is_edited(office)
    office.playbook("ungated", phase("PLAN", "planner"), CODE)
    await (await office.start(playbook="ungated", resume=True)).result()
    assert await office.facts(ApprovalRequested) == []
