"""Runs that an operator resets to an earlier phase, as in Temporal's Web UI."""

from uuid import UUID, uuid4

import pytest
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import EventType
from temporalio.api.workflowservice.v1 import ResetWorkflowExecutionRequest
from temporalio.client import Client

from db.verification import verify_ledger
from tests.faults.conftest import NewSite
from tests.faults.patience import until
from tests.faults.sites import KEY, Handle, Site
from tests.faults.workers import Plant

ALL = ("EXPLORE", "PLAN", "CODE", "TEST", "FIX", "DOCUMENT")
WRITING = ("CODE", "FIX", "DOCUMENT")


async def reset_to(client: Client, work: Handle, phase: str) -> str:
    """To the decision that let the phase's first agent work; says the new run's id."""
    history = await work.fetch_history()
    decided = 0
    for event in history.events:
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED:
            decided = event.event_id
        scheduled = event.activity_task_scheduled_event_attributes
        if scheduled.activity_type.name == "run_agent" and (
            f'"phase":"{phase}"' in scheduled.input.payloads[0].data.decode().replace(" ", "")
        ):
            break
    request = ResetWorkflowExecutionRequest(
        namespace=client.namespace,
        workflow_execution=WorkflowExecution(workflow_id=work.id),
        reason="tried again",
        workflow_task_finish_event_id=decided,
        request_id=str(uuid4()),
    )
    return (await client.workflow_service.reset_workflow_execution(request)).run_id


async def reset_and_check(client: Client, site: Site, work: Handle, phase: str) -> None:
    resets = (await site.event_types()).count("RunReset")
    run_id = await reset_to(client, work, phase)
    outcome = await site.orchestrations.handle(KEY).result()
    row = await site.known()
    assert await verify_ledger(site.sessions) is None
    assert outcome.branch == row.branch == f"slipway/{KEY}.{resets + 1}"
    assert (row.status, row.run_id) == ("COMPLETED", UUID(run_id))


@pytest.mark.timeout(300)
async def test_a_completed_run_reset_to_fix_goes_on_from_there_on_a_branch_of_its_own(
    shared_plant: Plant, new_site: NewSite, temporal: Client
) -> None:
    site = await new_site(shared_plant, "CODE", "TEST", "FIX", "DOCUMENT")
    site.desk.say("red")
    work = await site.start()
    await work.result()
    once = site.committed()
    await reset_and_check(temporal, site, work, "FIX")
    assert once == site.committed() == {"CODE": 1, "FIX": 1, "DOCUMENT": 1}
    assert site.committed(f"slipway/{KEY}.1") == once
    assert [len(site.desk.pids(phase)) for phase in WRITING] == [1, 2, 2]


async def reset_to_the_last_decision(client: Client, work: Handle) -> None:
    history = await work.fetch_history()
    completed = EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED
    request = ResetWorkflowExecutionRequest(
        namespace=client.namespace,
        workflow_execution=WorkflowExecution(workflow_id=work.id),
        reason="tried again",
        workflow_task_finish_event_id=max(
            event.event_id for event in history.events if event.event_type == completed
        ),
        request_id=str(uuid4()),
    )
    await client.workflow_service.reset_workflow_execution(request)


@pytest.mark.timeout(300)
async def test_what_an_agent_commits_that_was_at_work_where_a_run_was_reset_to_is_on_its_branch(
    plant: Plant, new_site: NewSite, temporal: Client
) -> None:
    await plant.start()
    site = await new_site(plant)
    site.desk.hold("CODE")
    work = await site.start()
    await site.desk.begun("CODE")
    await site.guide("mind the gap")  # A decision while the agent is at work.
    await until(lambda: _heard(site), "the guidance is heard")
    await reset_to_the_last_decision(temporal, work)
    site.desk.release("CODE")
    outcome = await site.orchestrations.handle(KEY).result()
    assert (outcome.status, outcome.branch) == ("COMPLETED", f"slipway/{KEY}.1")
    assert site.committed(f"slipway/{KEY}.1") == {"CODE": 1}
    assert site.upstream.git("rev-parse", f"slipway/{KEY}.1") == outcome.commit


async def _heard(site: Site) -> bool:
    return (await site.orchestrations.state(KEY)).guidance_waiting > 0


@pytest.mark.soak
@pytest.mark.timeout(600)
@pytest.mark.parametrize("phase", ALL)
async def test_a_completed_run_can_be_reset_to_any_phase_and_then_again(
    shared_plant: Plant, new_site: NewSite, temporal: Client, phase: str
) -> None:
    site = await new_site(shared_plant, *ALL)
    site.desk.say("red")
    work = await site.start()
    await work.result()
    await reset_and_check(temporal, site, work, phase)
    await reset_and_check(temporal, site, site.orchestrations.handle(KEY), phase)
    assert site.committed(f"slipway/{KEY}.2") == {"CODE": 1, "FIX": 1, "DOCUMENT": 1}
