"""A run that is reset: its ledger and its git branch fork where its history does."""

from typing import Any
from uuid import uuid4

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import EventType
from temporalio.api.workflowservice.v1 import ResetWorkflowExecutionRequest

from contracts.events import CommitCreated, RunReset
from contracts.jira_work import WorkOutcome
from db.ledger import Ledger
from db.verification import verify_ledger
from tests.workflows.office import CODE, KEY, PLAN, Handle, Office, approval, phase, until
from tests.workflows.scripted_workshop import Held, ScriptedWorkshop, done

PHASES = (phase("EXPLORE", "explorer"), CODE, phase("DOCUMENT", "writer"))
TASK_DONE = EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED


async def reset(office: Office, handle: Handle, after: str) -> Handle:
    """Goes back to where the activity with this summary was done."""
    history = (await handle.fetch_history()).events
    scheduled = [
        event.event_id
        for event in history
        if after.encode() in event.user_metadata.summary.data
    ]
    point = next(
        event.event_id
        for event in history
        if event.event_type == TASK_DONE and _is_behind(event.event_id, scheduled[0], history)
    )
    answer = await office.client.workflow_service.reset_workflow_execution(
        ResetWorkflowExecutionRequest(
            namespace=office.client.namespace,
            workflow_execution=WorkflowExecution(workflow_id=handle.id),
            reason="try that again",
            workflow_task_finish_event_id=point,
            request_id=str(uuid4()),
        )
    )
    return office.client.get_workflow_handle(
        handle.id, run_id=answer.run_id, result_type=WorkOutcome
    )


def _is_behind(task: int, scheduled: int, history: Any) -> bool:
    return any(
        event.activity_task_completed_event_attributes.scheduled_event_id == scheduled
        and event.event_id < task
        for event in history
    )


async def test_a_reset_run_works_on_from_there_on_a_branch_of_its_own(
    office: Office, workshop: ScriptedWorkshop
) -> None:
    office.playbook("three", *PHASES)
    lost = Held(done("lost", commit="1057"))
    workshop.script("coder", lost, done("coded", commit="c0de"))
    old = await office.start(playbook="three")
    await lost.working.wait()
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


async def test_a_run_that_is_reset_twice_has_a_second_branch(
    office: Office, workshop: ScriptedWorkshop
) -> None:
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
