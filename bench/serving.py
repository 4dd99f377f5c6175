"""How a worker of the benchmark runs: says that it is ready, ends with SIGTERM."""

import asyncio
import signal

from temporalio.worker import Worker


async def serve(worker: Worker) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with worker:
        print("ready", flush=True)
        await stop.wait()
