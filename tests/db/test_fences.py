"""Who holds a lock shows its number to Postgres, and an earlier holder does not get in again."""

import asyncio
from uuid import uuid4

import pytest
from sqlalchemy import func, select, text

from db.engine import Sessions
from db.fences import LostLockError, showing
from db.identity import Organizations
from db.models import Fence
from tests.faults.patience import until

WAITING = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
    "AND wait_event_type = 'Lock' AND query LIKE 'INSERT INTO fences%'"
)


@pytest.fixture
def what() -> str:
    return f"lock-{uuid4()}"


async def write(sessions: Sessions, slug: str) -> None:
    async with sessions.begin() as session:
        await Organizations(session).ensure(slug, slug)


async def highest(sessions: Sessions, what: str) -> int | None:
    async with sessions() as session:
        number: int | None = await session.scalar(select(Fence.number).where(Fence.what == what))
        return number


async def test_a_holder_writes_as_often_as_it_likes(sessions: Sessions, what: str) -> None:
    with showing(what, 7):
        for _ in range(2):
            await write(sessions, f"org-{uuid4()}")
    with showing(what, 8):
        await write(sessions, f"org-{uuid4()}")
    assert await highest(sessions, what) == 8


async def test_an_earlier_holder_writes_nothing_more(sessions: Sessions, what: str) -> None:
    slug, took_over = f"org-{uuid4()}", asyncio.Event()

    async def frozen() -> None:
        with showing(what, 1):
            await write(sessions, f"org-{uuid4()}")
            await took_over.wait()
            await write(sessions, slug)

    late = asyncio.create_task(frozen())
    with showing(what, 2):
        await write(sessions, f"org-{uuid4()}")
    took_over.set()
    with pytest.raises(LostLockError):
        await late
    async with sessions() as session:
        assert await Organizations(session).find(slug) is None
    assert await highest(sessions, what) == 2


async def test_who_takes_over_waits_for_what_is_not_committed_yet(
    sessions: Sessions, what: str
) -> None:
    begun, waits = asyncio.Event(), asyncio.Event()

    async def earlier() -> None:
        with showing(what, 1):
            async with sessions.begin() as session:
                await session.execute(select(func.now()))
                begun.set()
                await waits.wait()

    async def later() -> None:
        with showing(what, 2):
            await write(sessions, f"org-{uuid4()}")

    async def is_blocked() -> bool:
        async with sessions() as session:
            return bool(await session.scalar(WAITING))

    first = asyncio.create_task(earlier())
    await begun.wait()
    second = asyncio.create_task(later())
    await until(is_blocked, "the later one waits")
    assert not second.done()
    waits.set()
    await asyncio.gather(first, second)
    assert await highest(sessions, what) == 2


async def test_who_holds_nothing_shows_nothing(sessions: Sessions, what: str) -> None:
    with showing(what, 1):
        pass
    await write(sessions, f"org-{uuid4()}")
    assert await highest(sessions, what) is None
