"""Calls that share one: nobody is forgotten, nobody gets another's answer."""

import asyncio
from collections.abc import Sequence

import pytest

from web.gathering import Gathering


class Work:
    """Squares; notes its batches. `gate` holds it up."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.begun = asyncio.Event()

    async def __call__(self, numbers: Sequence[int]) -> list[int]:
        self.batches.append(list(numbers))
        self.begun.set()
        await self.gate.wait()
        if 13 in numbers:
            raise ValueError("thirteen")
        return [number * number for number in numbers]


async def test_who_asks_again_at_once_is_answered_again() -> None:
    gathering = Gathering(Work())
    async with asyncio.timeout(30):
        assert [await gathering.ask(number) for number in range(14, 50)] == [
            number * number for number in range(14, 50)
        ]


async def test_who_comes_meanwhile_shares_the_next_call() -> None:
    work = Work()
    gathering = Gathering(work, most=3)
    work.gate.clear()
    asked = [asyncio.create_task(gathering.ask(number)) for number in range(6)]
    await work.begun.wait()
    work.gate.set()
    assert await asyncio.gather(*asked) == [0, 1, 4, 9, 16, 25]
    assert max(map(len, work.batches)) == 3


async def test_what_goes_wrong_is_told_to_all_of_the_batch_and_nobody_else() -> None:
    gathering = Gathering(Work())
    with pytest.raises(ValueError, match="thirteen"):
        await gathering.ask(13)
    assert await gathering.ask(2) == 4


async def test_who_does_not_wait_any_longer_holds_nobody_up() -> None:
    work = Work()
    gathering = Gathering(work)
    work.gate.clear()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await gathering.ask(1)
    asked = asyncio.create_task(gathering.ask(2))
    work.gate.set()
    assert await asked == 4


async def test_no_more_calls_than_allowed_are_under_way() -> None:
    work = Work()
    gathering = Gathering(work, at_once=2, most=1)
    work.gate.clear()
    asked = [asyncio.create_task(gathering.ask(number)) for number in range(5)]
    for _ in range(10):
        await asyncio.sleep(0)
    assert len(work.batches) == 2
    work.gate.set()
    assert await asyncio.gather(*asked) == [0, 1, 4, 9, 16]
