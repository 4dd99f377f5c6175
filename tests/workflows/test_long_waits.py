"""The whole workflow over weeks, on a server that skips time: a pause, and a silence."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

import pytest
from temporalio.client import WorkflowFailureError
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Replayer
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner

from cli.simulation.cast import Cast
from cli.simulation.plan import KEY, Simulation
from cli.simulation.stage import QUEUE, stage, until
from cli.simulation.stand_ins import Notebook
from clients.temporal.orchestrations import OrchestrationWorkflows
from contracts.approvals import Decision, DecisionKind
from contracts.events import ApprovalRequested, ApprovalVoided, Event
from contracts.identity import DEFAULT_ORGANIZATION, Role
from contracts.jira_work import Pause, Resume, TicketChanged, WorkOrder
from contracts.playbooks import Playbook
from contracts.search_attributes import SEARCH_ATTRIBUTES
from contracts.stories import WorkState
from policy.approvals import Member
from tests.workflows.office import CODE, PLAN
from tests.workflows.skipped_time import SERVER
from workflows.jira_work import JiraWork
from workflows.riding import RidingInterceptor
from workflows.runner import PASSED_THROUGH

DAY = timedelta(days=1)
MANAGER = Member(uuid4(), Role.MANAGER, True, "max@x.test")


@dataclass(frozen=True)
class Rehearsal:
    environment: WorkflowEnvironment
    notebook: Notebook
    work: OrchestrationWorkflows

    async def state(self) -> WorkState:
        found: WorkState = await self.work.handle(KEY).query("state", result_type=WorkState)
        return found

    async def awaits(self, approval: int) -> None:
        """The request with this revision."""

        async def asked() -> bool:
            awaited = (await self.state()).awaited
            return awaited is not None and len(self.told(ApprovalRequested)) == approval

        await until(asked)

    def told(self, kind: type[Event]) -> list[Event]:
        return [one.event for one in self.notebook.facts if isinstance(one.event, kind)]

    async def approve(self) -> None:
        said = Decision(decision=DecisionKind.APPROVE, by=MANAGER.email)
        assert await self.work.update(KEY, "decide", said) == "APPROVED"

    async def replays(self) -> None:
        replayer = Replayer(
            workflows=[JiraWork],
            interceptors=[RidingInterceptor()],
            workflow_runner=SandboxedWorkflowRunner(PASSED_THROUGH),
            data_converter=pydantic_data_converter,
        )
        await replayer.replay_workflow(await self.work.handle(KEY).fetch_history())


@pytest.fixture
async def rehearsal() -> AsyncIterator[Rehearsal]:
    """Begun: its plan waits for a manager."""
    playbook = Playbook.model_validate({"name": "gated", "phases": [PLAN, CODE]})
    plan = Simulation(playbook, Cast((MANAGER,), real=True), (), timedelta())
    async with stage(plan, SERVER, SEARCH_ATTRIBUTES) as (environment, notebook):
        work = OrchestrationWorkflows(environment.client, DEFAULT_ORGANIZATION, QUEUE)
        await work.start(WorkOrder(issue_key=KEY, requested_by="rita@x.test"), "Round")
        rehearsal = Rehearsal(environment, notebook, work)
        await rehearsal.awaits(1)
        yield rehearsal


async def test_a_ticket_that_changes_in_a_pause_of_thirty_days_is_asked_about_after_it(
    rehearsal: Rehearsal,
) -> None:
    work = rehearsal.work
    await work.update(KEY, "pause", Pause(by=MANAGER.email))
    await rehearsal.approve()
    await rehearsal.environment.sleep(29 * DAY)
    await work.signal(KEY, "ticket_changed", TicketChanged(ticket_hash="2" * 64))

    async def voided() -> bool:
        return len(rehearsal.told(ApprovalVoided)) == 1

    await until(voided)  # Written at once, though nothing else is to be done for a day.
    await rehearsal.environment.sleep(DAY)
    assert (await rehearsal.state()).status == "PAUSED"
    await work.update(KEY, "resume", Resume(by=MANAGER.email))
    await rehearsal.awaits(2)
    await rehearsal.approve()
    assert (await work.handle(KEY).result()).status == "COMPLETED"
    await rehearsal.replays()


async def test_a_silence_of_seven_days_ends_the_work_and_no_hour_earlier(
    rehearsal: Rehearsal,
) -> None:
    await rehearsal.environment.sleep(7 * DAY - timedelta(hours=1))
    assert (await rehearsal.state()).status == "ACTIVE"
    await rehearsal.environment.sleep(timedelta(hours=2))
    with pytest.raises(WorkflowFailureError):
        await rehearsal.work.handle(KEY).result()
    assert [one.event.type for one in rehearsal.notebook.facts][-2:] == [
        "PhaseFailed",
        "OrchestrationFailed",
    ]
    await rehearsal.replays()
