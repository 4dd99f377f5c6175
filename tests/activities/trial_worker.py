"""A real worker on a queue of its own, with one workflow that runs one activity."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.common import RetryPolicy
from temporalio.worker import Interceptor, UnsandboxedWorkflowRunner, Worker

from contracts.agents import AgentResult, AgentRun, AgentStatus, Workplace
from contracts.issues import Ticket
from contracts.phases import Phase
from contracts.playbooks import CommandAgent

SECRET_TEXT = "the customer's own words"


@workflow.defn(sandboxed=False)
class Trial:
    @workflow.run
    async def run(self, run: AgentRun) -> AgentResult:
        workflow.logger.warning("begins")
        return await workflow.execute_activity_method(
            Agent.run_agent,
            run,
            start_to_close_timeout=timedelta(seconds=30),
            retry_policy=RetryPolicy(maximum_attempts=1),
        )


@dataclass
class Agent:
    """Ends as it is told: with a status, or by an error."""

    end: AgentResult | Exception

    @activity.defn
    async def run_agent(self, run: AgentRun) -> AgentResult:
        activity.logger.warning("works on %s", run.ticket)
        if isinstance(self.end, Exception):
            raise self.end
        return self.end


@dataclass(frozen=True)
class TrialWorker:
    client: Client
    task_queue: str

    async def works(self, workflow_id: str, run: AgentRun) -> AgentResult:
        return await self.client.execute_workflow(
            Trial.run, run, id=workflow_id, task_queue=self.task_queue
        )


@asynccontextmanager
async def trial_worker(
    client: Client, activities: Sequence[Any], interceptors: Sequence[Interceptor]
) -> AsyncIterator[TrialWorker]:
    task_queue = f"trial-{uuid4().hex[:12]}"
    async with Worker(
        client,
        task_queue=task_queue,
        workflows=[Trial],
        activities=activities,
        interceptors=interceptors,
        workflow_runner=UnsandboxedWorkflowRunner(),
    ):
        yield TrialWorker(client, task_queue)


def agent_run() -> AgentRun:
    return AgentRun(
        workplace=Workplace(
            organization_id=uuid4(),
            orchestration_id=uuid4(),
            attempt=1,
            repo_url="/repo",
            branch="slipway/PROJ-1",
        ),
        ticket=Ticket(key="PROJ-1", title="Totals are off", description=SECRET_TEXT),
        agent=CommandAgent(kind="command", name="coder", command=("true",)),
        phase=Phase.CODE,
        round=1,
        step="CODE/1/coder",
        base_commit="0" * 40,
    )


def result(status: AgentStatus, *, stored: bool = False) -> AgentResult:
    return AgentResult(status=status, answered_from_store=stored)
