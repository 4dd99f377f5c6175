"""What the houses stand on: a server that skips time, and a sandbox that lets their code in."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import WorkflowEnvironment
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner

from workflows.runner import PASSED_THROUGH

SERVER = Path(sys.prefix) / "bin" / "temporal-test-server"
RUNNER = SandboxedWorkflowRunner(PASSED_THROUGH.with_passthrough_modules("tests"))


@asynccontextmanager
async def time_skipping() -> AsyncIterator[WorkflowEnvironment]:
    environment = await _started()
    try:
        yield environment
    finally:
        # A server that does not end when it is asked to is nothing that a test is about.
        with suppress(TimeoutError):
            await asyncio.wait_for(environment.shutdown(), 20)


async def _started() -> WorkflowEnvironment:
    """The SDK gives its server five seconds, which is too little on a machine that is busy."""
    for _ in range(5):
        with suppress(RuntimeError):
            return await WorkflowEnvironment.start_time_skipping(
                data_converter=pydantic_data_converter, test_server_existing_path=str(SERVER)
            )
    raise AssertionError("the server that skips time does not start")
