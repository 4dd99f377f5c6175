"""What runs beside a command, and ends with it."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

AGAIN = 0.5
T = TypeVar("T")


@asynccontextmanager
async def beside(work: Coroutine[Any, Any, T]) -> AsyncIterator[asyncio.Task[T]]:
    """What it failed with is raised by whoever looks at the task."""
    task = asyncio.create_task(work)
    try:
        yield task
    finally:
        await stop(task)
        if not task.cancelled():
            task.exception()  # Else asyncio complains that nobody looked.


@asynccontextmanager
async def told_beside(telling: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Raises at the end what the telling failed with."""
    async with beside(telling) as teller:
        yield
    if not teller.cancelled():
        teller.result()


async def stop(task: asyncio.Task[Any]) -> None:
    """Cancels until it has ended, however it ends. Once is not enough: a call to Temporal that is
    hit by it may answer CANCELLED, as a server that is away does, and be asked again for ever."""
    while not task.done():
        task.cancel()
        await asyncio.wait((task,), timeout=AGAIN)
