"""Many calls of the same kind, some at a time."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")
AT_ONCE = 16


async def in_turns(
    call: Callable[[Item], Awaitable[Outcome]], items: Sequence[Item]
) -> list[Outcome | BaseException]:
    """What came of each, in their order. What one raises is what came of it: the others go on.
    None is left running, whatever happens to the caller."""
    turns = asyncio.Semaphore(AT_ONCE)

    async def one(item: Item) -> Outcome:
        async with turns:
            return await call(item)

    return await asyncio.gather(*map(one, items), return_exceptions=True)


def raise_first(failures: Sequence[BaseException]) -> None:
    """Once what went well has been settled."""
    if failures:
        raise failures[0]
