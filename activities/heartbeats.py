"""Signs of life of an activity that may take long."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta

from temporalio import activity

EVERY = timedelta(seconds=1)


@asynccontextmanager
async def heartbeats(details: Callable[[], Sequence[object]] = tuple) -> AsyncIterator[None]:
    """Tells Temporal every second that this worker lives, and hears of a cancellation thereby.
    `details` is what the next try is to know."""

    async def beat() -> None:
        while True:
            # Pause first: a beat costs the server as much as half an activity.
            await asyncio.sleep(EVERY.total_seconds())
            activity.heartbeat(*details())

    beating = asyncio.create_task(beat())
    try:
        yield
    finally:
        beating.cancel()
