"""Waiting for what is about to be true, but not for ever."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable

LOOK = 0.02


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
