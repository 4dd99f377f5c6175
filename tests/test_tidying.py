"""The disk is put in order again and again, whatever becomes of one chore."""

import asyncio
from datetime import timedelta

import pytest

from tidying import tidying

AT_ONCE = timedelta(0)


async def test_each_chore_comes_again_though_another_one_fails(
    caplog: pytest.LogCaptureFixture,
) -> None:
    twice, done = asyncio.Event(), list[str]()

    async def fails() -> None:
        done.append("fails")
        raise OSError("no space left")

    async def works() -> None:
        done.append("works")
        if done.count("works") == 2:
            twice.set()

    async with asyncio.timeout(20), tidying([fails, works], AT_ONCE):
        await twice.wait()
    assert done[:4] == ["fails", "works", "fails", "works"]
    assert "the disk was not tidied: no space left" in caplog.text


async def test_it_ends_with_the_work_even_in_the_middle_of_a_chore() -> None:
    begun, ended = asyncio.Event(), list[bool]()

    async def lasts() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(True)

    async with asyncio.timeout(20), tidying([lasts]):
        await begun.wait()
    assert ended == [True]
