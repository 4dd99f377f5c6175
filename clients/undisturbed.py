"""Clearing up that no cancellation cuts short."""

import asyncio
from collections.abc import Coroutine


async def to_its_end(work: Coroutine[None, None, None]) -> None:
    """Ends however often the caller is cancelled meanwhile; the cancellation follows afterwards."""
    task, cancelled = asyncio.ensure_future(work), False
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            cancelled = True
    task.result()
    if cancelled:
        raise asyncio.CancelledError
