"""A ticket whose priority is raised needs whom a ticket of that priority needs: whole runs."""

import pytest

from contracts.approvals import ApprovalStatus, Refusal
from contracts.events import ApprovalGranted, ApprovalRequested
from contracts.identity import Role
from contracts.issues import Ticket
from contracts.jira_work import TicketChanged
from db.identity import Organizations, People
from db.issue_edits import IssueEdits
from db.issues import Issues
from db.verification import verify_ledger
from policy.ticket_readings import reading_of
from tests.workflows.office import CODE, KEY, MANAGER, Office, approval, phase, until
from tests.workflows.scripted_workshop import ScriptedWorkshop

DEVELOPER, ADMIN = "dan@example.org", "ada@example.org"
LEVELS = [
    {"name": "tech", "approvers": [{"role": "DEVELOPER"}, {"role": "MANAGER"}]},
    {"name": "boss", "approvers": [{"role": "ADMIN"}], "when": {"priorities": ["CRITICAL"]}},
]


@pytest.fixture
async def office(office: Office) -> Office:
    office.playbook(
        "levels", phase("PLAN", "planner", gate={"name": "plan", "levels": LEVELS}), CODE
    )
    async with office.stores.sessions.begin() as session:
        id = await Organizations(session).ensure(office.slug, office.slug)
        await People(session, id).ensure(DEVELOPER, "Dan", Role.DEVELOPER)
        await People(session, id).ensure(ADMIN, "Ada", Role.ADMIN)
    return office


async def raised(office: Office) -> Ticket:
    """By somebody who tells nobody."""
    async with office.stores.sessions.begin() as session:
        await IssueEdits(session, office.slug).edit(KEY, {"priority": "CRITICAL"}, MANAGER)
    async with office.stores.sessions() as session:
        return await Issues(session, office.slug).get(KEY)


async def asked(office: Office) -> list[tuple[int, int]]:
    return [(one.revision, one.level) for one in await office.facts(ApprovalRequested)]


async def until_asked(office: Office, revision: int, level: int) -> None:
    async def is_asked() -> bool:
        return (revision, level) in await asked(office)

    await until(is_asked)


async def boss_decides(office: Office) -> None:
    """After the tech has."""
    assert await office.tell("decide", approval(DEVELOPER)) == ApprovalStatus.PENDING
    assert await office.refusal("decide", approval(MANAGER)) == Refusal.NOT_AN_APPROVER
    assert await office.tell("decide", approval(ADMIN)) == ApprovalStatus.APPROVED


async def test_an_edit_while_it_is_asked_brings_a_level_in(office: Office) -> None:
    handle = await office.start(playbook="levels")
    await until_asked(office, 1, 1)
    now = reading_of(await raised(office))
    await handle.signal("ticket_changed", TicketChanged(ticket_hash=now.ticket_hash))
    await until_asked(office, 2, 1)
    await boss_decides(office)
    await handle.result()
    assert await asked(office) == [(1, 1), (2, 1), (2, 2)]
    assert await verify_ledger(office.stores.sessions) is None


async def test_an_edit_that_a_decision_finds_out_does_too(office: Office) -> None:
    handle = await office.start(playbook="levels")
    await until_asked(office, 1, 1)
    await raised(office)
    assert await office.refusal("decide", approval(DEVELOPER)) == Refusal.SUBJECT_CHANGED
    await until_asked(office, 2, 1)
    await boss_decides(office)
    await handle.result()


async def test_what_was_granted_before_the_edit_is_asked_again_with_the_level(
    office: Office, workshop: ScriptedWorkshop
) -> None:
    coder = workshop.held("coder")
    handle = await office.start(playbook="levels")
    await until_asked(office, 1, 1)
    assert await office.tell("decide", approval(DEVELOPER)) == ApprovalStatus.APPROVED
    await coder.working.wait()
    now = reading_of(await raised(office))
    await handle.signal("ticket_changed", TicketChanged(ticket_hash=now.ticket_hash))
    coder.go_on.set()
    await until_asked(office, 2, 1)
    await boss_decides(office)
    await handle.result()
    granted = [one.level for one in await office.facts(ApprovalGranted)]
    assert granted == [1, 1, 2]
