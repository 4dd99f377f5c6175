"""What is recorded of JiraWork: a scene for each kind of ending."""

from collections.abc import Awaitable, Callable

from contracts.agents import Answer
from contracts.jira_work import Guidance, Pause, Resume, SkipPhase, TicketChanged
from contracts.phases import Phase
from db.issue_edits import IssueEdits
from db.issues import Issues
from policy.ledger import fingerprint
from tests.workflows.histories import reset
from tests.workflows.office import (
    CODE,
    KEY,
    MANAGER,
    Handle,
    Office,
    approval,
    changes,
    phase,
    rejection,
    until,
)
from tests.workflows.scripted_workshop import (
    Held,
    ScriptedWorkshop,
    blocked,
    broken,
    done,
    ran_tests,
)
from tests.workflows.spending import capped, more, used

Scene = Callable[[Office, ScriptedWorkshop], Awaitable[Handle]]


async def happy(office: Office, workshop: ScriptedWorkshop) -> Handle:
    workshop.script("coder", done("coded", commit="c0de"))
    handle = await office.start()
    await office.awaited()
    await handle.signal("guide", Guidance(text="use Decimal", by=MANAGER))
    await office.tell("decide", approval())
    return handle


async def repaired(office: Office, workshop: ScriptedWorkshop) -> Handle:
    workshop.script("tests", ran_tests(1, "a"), ran_tests(1, "a"), ran_tests(2))
    return await office.start(start="CODE")


async def rejected(office: Office, workshop: ScriptedWorkshop) -> Handle:
    handle = await office.start()
    await office.awaited()
    await office.tell("decide", rejection("too risky"))
    return handle


async def changed(office: Office, workshop: ScriptedWorkshop) -> Handle:
    handle = await office.start()
    await office.awaited()
    await office.tell("decide", changes("keep the API"))

    async def asked_again() -> bool:
        return (await office.told()).count("ApprovalRequested") == 2

    await until(asked_again)
    await office.approve()
    return handle


async def cancelled(office: Office, workshop: ScriptedWorkshop) -> Handle:
    coder = workshop.held("coder")
    handle = await office.start(start="CODE")
    await coder.working.wait()
    await handle.cancel()
    return handle


async def broken_off(office: Office, workshop: ScriptedWorkshop) -> Handle:
    workshop.script("explorer", broken("AgentTimedOut", "took too long"))
    return await office.start()


async def asked(office: Office, workshop: ScriptedWorkshop) -> Handle:
    workshop.script("coder", blocked("Up or down?"), done("coded"))
    handle = await office.start(start="CODE")
    await office.awaited()
    await office.tell("answer", Answer(text="up", by=MANAGER))
    return handle


async def by_hand(office: Office, workshop: ScriptedWorkshop) -> Handle:
    human = {"kind": "human", "name": "hand", "ask": "Please write it."}
    office.playbook("manual", phase("CODE", human))
    handle = await office.start(playbook="manual")
    await office.awaited()
    git = office.upstream.git
    git("checkout", "--quiet", f"slipway/{KEY}")
    office.upstream.commit(work="by hand")
    git("checkout", "--quiet", "main")
    await office.tell("answer", Answer(text="done", by=MANAGER))
    return handle


async def rested(office: Office, workshop: ScriptedWorkshop) -> Handle:
    coder = workshop.held("coder")
    handle = await office.start(start="CODE")
    await coder.working.wait()
    await office.tell("pause", Pause(by=MANAGER))
    await office.tell("skip_phase", SkipPhase(phase=Phase.DOCUMENT, by=MANAGER))
    coder.go_on.set()

    async def paused() -> bool:
        row = await office.row()
        return row is not None and row.status == "PAUSED"

    await until(paused)
    await office.tell("resume", Resume(by=MANAGER))
    return handle


async def was_reset(office: Office, workshop: ScriptedWorkshop) -> Handle:
    lost = Held()
    workshop.script("tests", lost, ran_tests(1))
    old = await office.start(start="CODE")
    await lost.working.wait()
    return await reset(office, old, "coder")


async def over_budget(office: Office, workshop: ScriptedWorkshop) -> Handle:
    office.playbook("capped", CODE, phase("DOCUMENT", "writer"), **capped())
    workshop.script("coder", used(1_000))
    handle = await office.start(playbook="capped")
    await office.awaited()
    await office.tell("raise_budget", more(tokens=500))
    return handle


async def voided(office: Office, workshop: ScriptedWorkshop) -> Handle:
    coder = workshop.held("coder")
    handle = await office.start()
    await office.approve()
    await coder.working.wait()
    async with office.stores.sessions.begin() as session:
        await IssueEdits(session, office.slug).edit(KEY, {"title": "Round half up"}, MANAGER)
        ticket = await Issues(session, office.slug).get(KEY)
    told = TicketChanged(ticket_hash=fingerprint(ticket.model_dump(mode="json")))
    await handle.signal("ticket_changed", told)
    coder.go_on.set()
    await office.approve()
    return handle


SCENES = (
    *(happy, repaired, rejected, changed, cancelled, broken_off, asked, rested, was_reset),
    *(by_hand, over_budget, voided),
)
