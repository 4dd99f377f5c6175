"""What is said of an activity that is tried again, however much its error has to say."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import uuid4

from temporalio import activity, workflow
from temporalio.client import Client, WorkflowHandle
from temporalio.worker import Worker

from clients.temporal.hurdles import Hurdle, underway
from tests.faults.patience import until


@activity.defn
async def write_down() -> None:
    """As a disk that is full does it, from deep within."""
    try:
        raise ValueError("x" * 5_000)
    except ValueError as error:
        raise OSError(28, "No space left on device") from error


@workflow.defn(sandboxed=False)
class Diary:
    @workflow.run
    async def run(self) -> None:
        await workflow.execute_activity(write_down, start_to_close_timeout=timedelta(seconds=20))


@asynccontextmanager
async def kept(temporal: Client) -> AsyncIterator[WorkflowHandle[Diary, None]]:
    queue = f"q-{uuid4().hex[:8]}"
    async with Worker(temporal, task_queue=queue, workflows=[Diary], activities=[write_down]):
        handle = await temporal.start_workflow(Diary.run, id=queue, task_queue=queue)
        yield handle
        await handle.terminate()


async def hurdles(handle: WorkflowHandle[Diary, None]) -> list[Hurdle]:
    found: list[Hurdle] = []

    async def failed() -> bool:
        found.extend(underway(await handle.describe()).hurdles)
        return bool(found)

    await until(failed, "the activity has failed once")
    return found


async def test_an_error_with_a_long_trace_is_told_by_its_own_words(temporal: Client) -> None:
    async with kept(temporal) as handle:
        (hurdle,) = await hurdles(handle)
    assert hurdle.what == "write_down"
    assert hurdle.failure.endswith("No space left on device")
