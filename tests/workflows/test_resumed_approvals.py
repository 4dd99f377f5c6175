"""What an earlier attempt was granted, when its work goes on in a later one."""

from sqlalchemy import update

from contracts.agents import Answer
from contracts.approvals import Refusal
from contracts.events import ApprovalRequested, ApprovalVoided
from db.approval_requests import ApprovalRequests
from db.models import Issue
from db.verification import verify_ledger
from tests.workflows.endings import failure_of
from tests.workflows.office import (
    CODE,
    KEY,
    MANAGER,
    PLAN,
    REQUESTER,
    SECOND_MANAGER,
    Office,
    approval,
    changes,
    phase,
)
from tests.workflows.people_house import ADMIN, settle
from tests.workflows.project_rules import project_asks
from tests.workflows.scripted_workshop import ScriptedWorkshop, broken, done

EXPLORE, DOCUMENT = phase("EXPLORE", "explorer"), phase("DOCUMENT", "writer")


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


async def test_the_whole_branch_is_shown_where_an_attempt_goes_on(
    office: Office, workshop: ScriptedWorkshop
) -> None:
    """Not only what came upon the checkpoint: people get all of it."""
    office.playbook("late", CODE, phase("DOCUMENT", "writer", gate={"name": "release"}))
    workshop.script("coder", done("coded", commit="c1"))
    workshop.script("writer", broken("AgentTimedOut", "took too long"), done())
    await failure_of(await office.start(playbook="late"))
    await office.start(playbook="late", resume=True)
    await office.awaited()
    (asked,) = await office.facts(ApprovalRequested)
    async with office.stores.sessions() as session:
        shown = await ApprovalRequests(session, office.slug).shown(asked.approval_id)
    assert shown is not None
    assert (shown.base, shown.commit) == (office.upstream.git("rev-parse", "HEAD"), "c1")
    await office.approve()


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


async def test_what_was_sent_back_is_worked_and_asked_again(
    office: Office, workshop: ScriptedWorkshop
) -> None:
    """Whoever goes on had got past the gate: its phase counted as done."""
    office.playbook("coded", EXPLORE, phase("CODE", "coder", gate={"name": "code"}), DOCUMENT)
    workshop.script("coder", done("a backdoor"), broken("AgentTimedOut", "no time"), done("clean"))
    handle = await office.start(playbook="coded")
    await office.awaited()
    await office.tell("decide", changes("take it out"))
    await failure_of(handle)
    handle = await office.start(playbook="coded", resume=True)
    await office.approve()
    assert (await handle.result()).attempt == 2
    assert len(await office.facts(ApprovalRequested)) == 1
    assert [run.phase for run in workshop.runs_of("coder")][-1] == "CODE"
    assert len(workshop.runs_of("coder")) == 3


async def test_what_asks_by_other_rules_asks_again_in_the_attempt_that_goes_on(
    office: Office, workshop: ScriptedWorkshop
) -> None:
    """Else one could be asked by a weak gate first, and go on past a strict one."""
    await broke_off(office, workshop)
    strict = {"name": "plan", "roles": ["ADMIN"]}
    office.playbook("strict", phase("PLAN", "planner", gate=strict), CODE)
    handle = await office.start(playbook="strict", resume=True)
    await office.awaited()
    (asked,) = await office.facts(ApprovalRequested)
    assert asked.subject["asked_again"] == "gate plan asks otherwise than it did"
    assert await office.refusal("decide", approval()) == Refusal.NOT_AN_APPROVER
    await settle(office)
    await office.tell("decide", approval(by=ADMIN))
    await handle.result()


async def test_each_attempt_asks_as_its_project_says_by_then(
    office: Office, workshop: ScriptedWorkshop
) -> None:
    await broke_off(office, workshop)
    levels = [{"name": "both", "approvers": [{"role": "MANAGER"}], "quorum": 2}]
    await project_asks(office, {"plan": {"levels": levels}})
    handle = await office.start(playbook=None, resume=True)
    await office.awaited()
    assert await office.tell("decide", approval()) == "PENDING"
    assert await office.tell("decide", approval(by=SECOND_MANAGER)) == "APPROVED"
    await handle.result()


async def test_a_dry_run_names_the_gates_that_would_ask_again(
    office: Office, workshop: ScriptedWorkshop
) -> None:
    await broke_off(office, workshop)
    binding = phase("PLAN", "planner", gate={"name": "plan", "binding": True})
    office.playbook("bound", binding, CODE)
    strict = phase("PLAN", "planner", gate={"name": "plan", "roles": ["ADMIN"]})
    office.playbook("strict", strict, CODE)
    for playbook, asks in (("gated", False), ("bound", False), ("strict", True)):
        handle = await office.start(playbook=playbook, resume=True, dry_run=True)
        assert [one.asked for one in (await handle.result()).planned] == [asks, False]


async def test_a_playbook_without_that_gate_asks_nothing(
    office: Office, workshop: ScriptedWorkshop
) -> None:
    await broke_off(office, workshop)
    await is_edited(office)
    office.playbook("ungated", phase("PLAN", "planner"), CODE)
    await (await office.start(playbook="ungated", resume=True)).result()
    assert await office.facts(ApprovalRequested) == []


async def test_whose_work_it_is_stays_known_in_the_attempts_that_go_on(
    office: Office, workshop: ScriptedWorkshop
) -> None:
    """Neither who did a part in the first attempt nor who asked for it decides in the third."""
    human = {"kind": "human", "name": "hand", "ask": "Please write it."}
    write = phase("DOCUMENT", "writer", gate={"name": "result"})
    office.playbook("manual", phase("CODE", human), write)
    late = broken("AgentTimedOut", "took too long")
    workshop.script("writer", late, late, done("written"))
    handle = await office.start(playbook="manual", requested_by=SECOND_MANAGER)
    assert await office.awaited() == "answer to hand"
    await office.tell("answer", Answer(text="done", by=MANAGER))
    await failure_of(handle)
    await failure_of(await office.start(playbook="manual", resume=True))
    handle = await office.start(playbook="manual", resume=True)
    await office.awaited()
    for by in (MANAGER, SECOND_MANAGER):
        assert await office.refusal("decide", approval(by=by)) == Refusal.OWN_WORK
    await settle(office)
    await office.tell("decide", approval(by=ADMIN))
    await handle.result()


async def test_an_attempt_that_began_anew_is_nobodys_of_before(
    office: Office, workshop: ScriptedWorkshop
) -> None:
    office.playbook("gated", phase("PLAN", "planner"), CODE | {"gate": {"name": "result"}})
    workshop.script("coder", broken("AgentTimedOut", "took too long"), done("coded"))
    await failure_of(await office.start(playbook="gated", requested_by=MANAGER))
    handle = await office.start(playbook="gated", requested_by=REQUESTER)
    await office.approve()
    await handle.result()
