"""The stage of a dry run: a server that skips time, the real workflow, and invented people."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path

from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.runtime import LoggingConfig, Runtime, TelemetryConfig, TelemetryFilter
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner

from activities.interceptor import ErrorInterceptor, LedgerInterceptor
from cli.exits import ServerAwayError
from cli.setup import KINDS
from cli.simulation.plan import Simulation
from cli.simulation.stand_ins import Notebook, stand_ins
from workflows.jira_work import JiraWork
from workflows.riding import RidingInterceptor
from workflows.runner import PASSED_THROUGH

QUEUE = "dry-run"
PATIENCE = timedelta(seconds=20)


@asynccontextmanager
async def stage(
    plan: Simulation, program: Path, attributes: Mapping[str, str]
) -> AsyncIterator[tuple[WorkflowEnvironment, Notebook]]:
    """`program` is the server. Raises ServerAwayError when it does not come up."""
    async with await _started(program) as environment:
        await _index(environment, attributes)
        notebook = Notebook()
        async with _worker(environment, plan, notebook):
            yield environment, notebook


async def _started(program: Path) -> WorkflowEnvironment:
    """The SDK gives the server five seconds, which a busy machine may exceed once."""
    tries = 3
    while True:
        tries -= 1
        try:
            return await WorkflowEnvironment.start_time_skipping(
                data_converter=pydantic_data_converter,
                runtime=_quiet(),
                test_server_existing_path=str(program),
            )
        except RuntimeError as error:
            if not tries:
                raise ServerAwayError(f"The server for dry runs does not start: {error}") from error


def _quiet() -> Runtime:
    """Without the SDK's remarks on what this server lacks."""
    only = TelemetryFilter(core_level="ERROR", other_level="ERROR")
    return Runtime(telemetry=TelemetryConfig(logging=LoggingConfig(filter=only)))


async def _index(environment: WorkflowEnvironment, attributes: Mapping[str, str]) -> None:
    """One that the server does not know would keep the work failing for ever."""
    wanted = {name: KINDS[kind] for name, kind in attributes.items()}
    client = environment.client
    await client.operator_service.add_search_attributes(
        AddSearchAttributesRequest(namespace=client.namespace, search_attributes=wanted)
    )


def _worker(environment: WorkflowEnvironment, plan: Simulation, notebook: Notebook) -> Worker:
    return Worker(
        environment.client,
        task_queue=QUEUE,
        workflows=[JiraWork],
        activities=stand_ins(plan),
        interceptors=[RidingInterceptor(), ErrorInterceptor(), LedgerInterceptor(notebook)],
        workflow_runner=SandboxedWorkflowRunner(PASSED_THROUGH),
    )


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    """For what takes moments of real time. Raises ServerAwayError when it does not come."""
    try:
        async with asyncio.timeout(PATIENCE.total_seconds()):
            while True:
                if await condition():
                    return
                await asyncio.sleep(0.01)
    except TimeoutError:
        raise ServerAwayError("The dry run does not go on; try it again.") from None


async def skip_to(environment: WorkflowEnvironment, moment: datetime) -> None:
    left = moment - await environment.get_current_time()
    if left > timedelta():
        await environment.sleep(left)
