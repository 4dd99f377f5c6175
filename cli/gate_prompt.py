"""The question at an open gate, asked of the person at the terminal."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

from cli.terminal import read_line
from contracts.approvals import DecisionKind
from contracts.text import MAX_COMMENT

T = TypeVar("T")
ANSWERS = {
    "y": DecisionKind.APPROVE,
    "yes": DecisionKind.APPROVE,
    "n": DecisionKind.REJECT,
    "no": DecisionKind.REJECT,
    "c": DecisionKind.REQUEST_CHANGES,
    "changes": DecisionKind.REQUEST_CHANGES,
}


async def answered(show_change: Callable[[], Awaitable[None]]) -> tuple[DecisionKind, str] | None:
    """And why. None when there is no more input."""
    while True:
        answer = await read_line("Approve? y(es), n(o), c(hanges), d(iff): ")
        if answer is None:
            return None
        if answer.lower() in ("d", "diff"):
            await show_change()
            continue
        kind = ANSWERS.get(answer.lower())
        if kind is DecisionKind.APPROVE:
            return kind, ""
        if kind is not None and (why := await read_line("Why? ")):
            return kind, why[:MAX_COMMENT]


async def unless(
    over: Coroutine[Any, Any, None], asking: Coroutine[Any, Any, T | None]
) -> T | None:
    """The answer; None when it was `over` before. Raises what either raises."""
    tasks = (asyncio.create_task(asking), asyncio.create_task(over))
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        if tasks[1] in done:
            tasks[1].result()
            return None
        return tasks[0].result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
