"""A worker whose one activity does not end when it is told to. All else is worker.py's."""

import asyncio
import os
import signal
import sys
from contextlib import suppress
from datetime import timedelta
from uuid import uuid4

from temporalio import activity, workflow
from temporalio.worker import Worker

with workflow.unsafe.imports_passed_through():
    from clients.temporal.connection import connect
    from worker import work

PATIENCE = timedelta(seconds=1)


@activity.defn
async def hold_on() -> None:
    sys.stdout.write("it has begun\n")
    sys.stdout.flush()
    while True:
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()


@workflow.defn
class HoldsOn:
    @workflow.run
    async def run(self) -> None:
        await workflow.execute_activity(hold_on, start_to_close_timeout=timedelta(minutes=1))


async def serve(task_queue: str) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    client = await connect(os.environ["TEMPORAL_ADDRESS"])
    await client.start_workflow(HoldsOn.run, id=f"holds-on-{uuid4()}", task_queue=task_queue)
    worker = Worker(client, task_queue=task_queue, workflows=[HoldsOn], activities=[hold_on])
    await work(worker, stop, PATIENCE)


if __name__ == "__main__":
    asyncio.run(serve(os.environ["SLIPWAY_TASK_QUEUE"]))
