"""Ending what runs beside a command."""

import asyncio
from typing import Any

AGAIN = 0.5


async def stop(task: asyncio.Task[Any]) -> None:
    """Cancels until it has ended, however it ends. Once is not enough: a call to Temporal that is
    hit by it may answer CANCELLED, as a server that is away does, and be asked again for ever."""
    while not task.done():
        task.cancel()
        await asyncio.wait((task,), timeout=AGAIN)
