"""Keeps what a worker has on its disk in order, for as long as it lives."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta

EACH = timedelta(hours=1)
log = logging.getLogger(__name__)

Chore = Callable[[], Awaitable[object]]


@asynccontextmanager
async def tidying(chores: Sequence[Chore], each: timedelta = EACH) -> AsyncIterator[None]:
    """Beside the work: a start need not wait for it, and a worker may live for months."""
    task = asyncio.create_task(_again_and_again(chores, each))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait((task,))


async def _again_and_again(chores: Sequence[Chore], each: timedelta) -> None:
    while True:
        for chore in chores:
            try:
                await chore()
            except Exception as error:  # Work goes on in disorder, too.
                log.warning("worker: the disk was not tidied: %s", error)
        await asyncio.sleep(each.total_seconds())
