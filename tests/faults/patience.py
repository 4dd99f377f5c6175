"""Waiting for what is about to be true, but not for ever."""

import asyncio
import inspect
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

LOOK = 0.02
LONGEST_LOOK = 0.1


async def until(
    condition: Callable[[], object | Awaitable[object]], what: str, seconds: float = 45
) -> None:
    """Asks again and again. Fails with `what` when it has not come true in time."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    while True:
        answer = condition()
        if inspect.isawaitable(answer):
            answer = await answer
        if answer:
            return
        assert loop.time() < deadline, f"after {seconds} s still not true: {what}"
        await asyncio.sleep(LOOK)


@asynccontextmanager
async def awake() -> AsyncIterator[Callable[[], float]]:
    """A clock of seconds that stands still while this process does: how long something took, had
    the machine not been busy with others."""
    clock = asyncio.get_running_loop().time
    passed, last = 0.0, clock()

    def look() -> float:
        nonlocal passed, last
        now = clock()
        passed, last = passed + min(now - last, LONGEST_LOOK), now
        return passed

    async def go_on() -> None:
        while True:
            look()
            await asyncio.sleep(LOOK)

    going = asyncio.create_task(go_on())
    try:
        yield look
    finally:
        going.cancel()
