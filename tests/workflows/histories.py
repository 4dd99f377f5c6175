"""Histories: runs that are reset, and a server that soon finds them too long."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import EventType
from temporalio.api.workflowservice.v1 import ResetWorkflowExecutionRequest
from temporalio.client import Client, WorkflowHistory
from temporalio.common import SearchAttributeKey
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import WorkflowEnvironment

from contracts.jira_work import WorkOutcome
from contracts.search_attributes import SEARCH_ATTRIBUTES
from stack import temporal as server
from tests.workflows.office import Handle, Office, until

# The server makes one run wait a second for the next, else.
EARLY = (
    "limit.historyCount.suggestContinueAsNew=12",
    'history.workflowIdReuseMinimalInterval="1ms"',
)
TASK_DONE = EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED


async def reset(office: Office, handle: Handle, after: str) -> Handle:
    """Goes back to where the activity with this summary was done."""
    point = await until(lambda: _task_behind(handle, after))
    return await reset_to(office, handle, point)


async def _task_behind(handle: Handle, summary: str) -> int | None:
    history = (await handle.fetch_history()).events
    scheduled = next(
        event.event_id for event in history if summary.encode() in event.user_metadata.summary.data
    )
    return next(
        (
            event.event_id
            for event in history
            if event.event_type == TASK_DONE and _is_behind(event.event_id, scheduled, history)
        ),
        None,
    )


async def reset_to(office: Office, handle: Handle, point: int) -> Handle:
    """`point` is the number of the event of a workflow task that is done."""
    answer = await office.client.workflow_service.reset_workflow_execution(
        ResetWorkflowExecutionRequest(
            namespace=office.client.namespace,
            # Without a run id it is the newest run.
            workflow_execution=WorkflowExecution(workflow_id=handle.id, run_id=handle.run_id or ""),
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


@asynccontextmanager
async def early_continuing_server() -> AsyncIterator[Client]:
    """One that wants a run to continue as new after hardly a phase."""
    attributes = [
        SearchAttributeKey.for_keyword(name)
        for name, kind in SEARCH_ATTRIBUTES.items()
        if kind == "Keyword"
    ]
    config = [("--dynamic-config-value", one) for one in (*EARLY, *server.DYNAMIC_CONFIG)]
    async with await WorkflowEnvironment.start_local(
        data_converter=pydantic_data_converter,
        search_attributes=attributes,
        dev_server_existing_path=str(server.find()),
        dev_server_log_level="error",
        dev_server_extra_args=[word for pair in config for word in pair],
    ) as environment:
        yield environment.client


async def histories_of(client: Client, first: Handle) -> list[WorkflowHistory]:
    """Of all runs that the work took."""
    histories, run_id = [], first.first_execution_run_id
    while True:
        run = client.get_workflow_handle(first.id, run_id=run_id)
        histories.append(await run.fetch_history())
        last = histories[-1].events[-1]
        run_id = last.workflow_execution_continued_as_new_event_attributes.new_execution_run_id
        if not run_id:
            return histories
