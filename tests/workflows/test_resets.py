"""A run that is reset: its ledger and its git branch fork where its history does."""

from contracts.events import CommitCreated, RunReset
from db.ledger import Ledger
from db.verification import verify_ledger
from tests.workflows.endings import failure_of
from tests.workflows.histories import reset, reset_to
from tests.workflows.office import CODE, KEY, PLAN, Handle, Office, approval, phase, until
from tests.workflows.scripted_workshop import Held, ScriptedWorkshop, done

PHASES = (phase("EXPLORE", "explorer"), CODE, phase("DOCUMENT", "writer"))
FIRST = 4  # Of a history: the first workflow task is done.


async def started(office: Office, workshop: ScriptedWorkshop) -> Handle:
    """A run whose coder is at work, and would do something else another time."""
    office.playbook("three", *PHASES)
    lost = Held(done("lost", commit="1057"))
    workshop.script("coder", lost, done("coded", commit="c0de"))
    handle = await office.start(playbook="three")
    await lost.working.wait()
    return handle


async def test_a_reset_run_works_on_from_there_on_a_branch_of_its_own(
    office: Office, workshop: ScriptedWorkshop
) -> None:
    old = await started(office, workshop)
    new = await reset(office, old, "explorer")
    outcome = await new.result()
    assert (outcome.branch, outcome.commit) == (f"slipway/{KEY}.1", "c0de")
    assert workshop.runs_of("coder")[1].step == "reset-1/CODE/1/coder"
    assert len(workshop.runs_of("explorer")) == 1
    assert [one.branch for one in await office.facts(RunReset)] == [f"slipway/{KEY}.1"]


async def test_the_tables_show_the_newest_branch_of_the_ledger(
    office: Office, workshop: ScriptedWorkshop
) -> None:
    office.playbook("three", *PHASES)
    writer = Held()
    workshop.script("coder", done("first", commit="c1"), done("second", commit="c2"))
    workshop.script("writer", writer, done())
    old = await office.start(playbook="three")
    await writer.working.wait()
    assert [one.commit for one in await office.facts(CommitCreated)] == ["c1"]
    await (await reset(office, old, "explorer")).result()
    assert [one.commit for one in await office.facts(CommitCreated)] == ["c2"]
    row = await office.row()
    assert row is not None
    assert (row.status, row.branch, row.commit_sha) == ("COMPLETED", f"slipway/{KEY}.1", "c2")
    async with office.stores.sessions() as session:
        every = await Ledger(session).events(row.id)
    commits = [event.event for _, event, _ in every if isinstance(event.event, CommitCreated)]
    assert [one.commit for one in commits] == ["c1", "c2"]
    assert await verify_ledger(office.stores.sessions) is None


async def test_a_reset_gate_asks_anew(office: Office) -> None:
    office.playbook("gated", PLAN, CODE)
    old = await office.start(playbook="gated")
    await office.awaited()
    first = (await office.state()).awaited
    new = await reset(office, old, "planner")

    async def asked_anew() -> bool:
        return "RunReset" in await office.told()

    await until(asked_anew)
    await office.awaited()
    assert first is not None
    stale = approval(approval_id=first.approval_id)
    assert await office.refusal("decide", stale) == "UNKNOWN_APPROVAL"
    await office.approve()
    await new.result()
    assert await verify_ledger(office.stores.sessions) is None


async def test_a_finished_run_can_be_reset_too(office: Office, workshop: ScriptedWorkshop) -> None:
    office.playbook("three", *PHASES)
    old = await office.start(playbook="three")
    await old.result()
    workshop.script("writer", done("better"))
    new = await reset(office, old, "coder")
    await new.result()
    assert (await office.told())[-1] == "OrchestrationCompleted"
    assert (await office.told()).count("OrchestrationCompleted") == 1
    row = await office.row()
    assert row is not None
    assert row.branch == f"slipway/{KEY}.1"
    assert await verify_ledger(office.stores.sessions) is None


async def test_a_run_that_is_reset_twice_has_a_second_branch(office: Office) -> None:
    office.playbook("three", *PHASES)
    old = await office.start(playbook="three")
    await old.result()
    new = await reset(office, old, "explorer")
    await new.result()
    newest = await reset(office, new, "explorer")
    outcome = await newest.result()
    assert [one.resets for one in await office.facts(RunReset)] == [1, 2]
    assert outcome.branch == f"slipway/{KEY}.2"
    assert await verify_ledger(office.stores.sessions) is None


async def test_a_run_that_is_reset_while_it_waits_says_so_at_once(office: Office) -> None:
    office.playbook("gated", PLAN, CODE)
    old = await office.start(playbook="gated")
    await office.awaited()
    await reset(office, old, "write the ledger")

    async def says_so() -> bool:
        row = await office.row()
        return row is not None and row.branch == f"slipway/{KEY}.1"

    await until(says_so)
    assert "RunReset" in await office.told()
    await office.approve()
    assert await verify_ledger(office.stores.sessions) is None


async def test_a_run_that_is_reset_to_its_very_first_task_is_another_attempt(
    office: Office, workshop: ScriptedWorkshop
) -> None:
    old = await started(office, workshop)
    before = await office.row()
    assert before is not None
    outcome = await (await reset_to(office, old, FIRST)).result()
    assert (outcome.attempt, outcome.branch) == (2, f"slipway/{KEY}-2")
    ended = await office.row_of(before.id)
    assert (ended.status, str(ended.failure).split(":")[0]) == ("FAILED", "Terminated")
    assert await office.facts(RunReset) == []
    assert await verify_ledger(office.stores.sessions) is None


async def test_a_completed_run_that_is_reset_to_its_very_first_task_is_not_worked_again(
    office: Office,
) -> None:
    office.playbook("three", *PHASES)
    old = await office.start(playbook="three")
    await old.result()
    failure = await failure_of(await reset_to(office, old, FIRST))
    assert failure.type == "AlreadyCompletedError"
    row = await office.row()
    assert row is not None
    assert (row.attempt, row.status) == (1, "COMPLETED")
