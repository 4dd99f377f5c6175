"""`watch` hears of events from Redis, and asks Postgres only when there is something new."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext
from dataclasses import replace
from datetime import timedelta
from types import TracebackType
from uuid import uuid4

import pytest
from redis.asyncio import Redis
from sqlalchemy import event

from cache.bus import Bus
from cache.keys import Keys
from cache.sessions import LiveSessions
from cli.connected import ConnectedDesk
from cli.news import News, Pace, open_news
from cli.reader import Reader
from cli.story import Story
from cli.watch import Watch
from clients.temporal.orchestrations import OrchestrationWorkflows
from contracts.jira_work import WorkOrder, WorkOutcome
from contracts.ledger import Batch, ChainedEvent
from contracts.live import LiveBatch
from contracts.sessions import LiveState
from db.engine import Sessions, open_sessions
from db.projects import Projects
from tests.conftest import TestOrganization
from tests.db.chains import Author, append
from tests.faults.patience import until

NEVER = Pace(every=3_600, quiet=timedelta(hours=1))
RESTLESS = Pace(every=0.01, quiet=timedelta(hours=1))
Ending = asyncio.Task[WorkOutcome | None]


class Seen:
    """A screen that remembers the numbers it was shown."""

    def __init__(self) -> None:
        self.numbers: list[int] = []

    def __enter__(self) -> object:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        return None

    def show(self, story: Story, fresh: list[ChainedEvent]) -> None:
        self.numbers += [event.sequence for event in fresh]

    def still(self) -> AbstractContextManager[object]:
        return nullcontext()

    async def sees(self, *numbers: int) -> None:
        await until(lambda: self.numbers == list(numbers), f"{numbers} are shown")


class Scribe:
    """Writes a run's events, and tells of them, or does not."""

    def __init__(self, sessions: Sessions, redis: Redis, author: Author) -> None:
        self._sessions, self._redis, self.author = sessions, redis, author
        self._bus = Bus(redis)

    async def write(self, batch: Batch) -> LiveBatch:
        written = await append(self._sessions, self.author, batch)
        assert written is not None
        return written

    async def tell(self, batch: Batch) -> None:
        assert await self._bus.publish(await self.write(batch))

    async def is_heard(self) -> None:
        """Somebody listens to what is told of this run."""
        author = self.author
        channel = Keys(author.organization_id).orchestration_channel(author.orchestration_id)

        async def heard() -> bool:
            [(_, listeners)] = await self._redis.pubsub_numsub(channel)
            return bool(listeners)

        await until(heard, "somebody listens")


@pytest.fixture
async def scribe(sessions: Sessions, redis: Redis, organization: TestOrganization) -> Scribe:
    async with sessions.begin() as session:
        project = await Projects(session, organization.id).create("PROJ", f"/repo/{uuid4()}")
    return Scribe(sessions, redis, Author(organization.id, project.id))


@pytest.fixture
async def seen(desk: ConnectedDesk, scribe: Scribe) -> AsyncIterator[Seen]:
    """A watched run, which nobody works, and of which the first event has been told."""
    orchestrations = OrchestrationWorkflows(
        desk.client, desk.organization, desk.settings.slipway_task_queue
    )
    order = WorkOrder(
        organization=desk.organization, issue_key="PROJ-1", requested_by="ann@example.org"
    )
    handle = await orchestrations.start(order, "Nobody works it")
    await scribe.tell(scribe.author.start())
    screen = Seen()
    watching = asyncio.create_task(Watch(desk, "PROJ-1", screen, pace=NEVER).until_over())
    await screen.sees(1)
    yield screen
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)
    await handle.terminate()


async def test_an_event_is_shown_when_the_bus_tells_of_it(seen: Seen, scribe: Scribe) -> None:
    await scribe.is_heard()
    await scribe.tell(scribe.author.phases(1))
    await seen.sees(1, 2)


async def test_events_that_the_bus_never_told_of_come_with_the_next_one(
    seen: Seen, scribe: Scribe
) -> None:
    await scribe.is_heard()
    await scribe.write(scribe.author.phases(1))
    await scribe.tell(scribe.author.phases(2))
    await seen.sees(1, 2, 3)


@asynccontextmanager
async def news_of(desk: ConnectedDesk, pace: Pace) -> AsyncIterator[tuple[News, Ending]]:
    end: Ending = asyncio.create_task(_never())
    async with open_news(desk, pace) as news:
        yield news, end
    end.cancel()


async def test_while_nothing_happens_postgres_is_left_alone(
    desk: ConnectedDesk, scribe: Scribe, sessions: Sessions
) -> None:
    await scribe.tell(scribe.author.start())
    asked: list[str] = []
    async with news_of(desk, RESTLESS) as (news, end):
        row = (await _known(desk)).row
        engine = sessions.kw["bind"].sync_engine
        count = lambda *given: asked.append(given[2])  # noqa: E731
        event.listen(engine, "before_cursor_execute", count)
        told = [await news.of(row, end) for _ in range(20)]
        event.remove(engine, "before_cursor_execute", count)
    assert told == [False] * 20
    # Read once, when the listening begins: where the ledger's head is, and what is behind it.
    assert len(asked) <= 2


async def test_word_that_was_missed_is_seen_by_the_pulse(
    desk: ConnectedDesk, scribe: Scribe, redis: Redis
) -> None:
    await scribe.tell(scribe.author.start())
    async with news_of(desk, RESTLESS) as (news, end):
        row = (await _known(desk)).row
        assert row is not None
        assert not await news.of(row, end)
        later = LiveState.after(await scribe.write(scribe.author.phases(1)))
        await LiveSessions(redis, Keys(row.organization_id)).set(later)
        assert await news.of(row, end)
        assert not await news.of((await _known(desk)).row, end)


async def test_a_pulse_that_redis_lost_is_made_from_postgres(
    desk: ConnectedDesk, scribe: Scribe, redis: Redis
) -> None:
    written = LiveState.after(await scribe.write(scribe.author.start()))
    async with news_of(desk, RESTLESS) as (news, end):
        row = (await _known(desk)).row
        assert row is not None
        assert not await news.of(row, end)
        live = LiveSessions(redis, Keys(row.organization_id))
        assert await live.get(row.id) == {row.id: written}
        assert await live.pulse(row.id) == written.pulse
        await live.delete(row.id)
        await scribe.write(scribe.author.phases(1))
        assert await news.of(row, end)


async def test_with_both_stores_away_there_may_be_news(desk: ConnectedDesk, scribe: Scribe) -> None:
    """So Postgres is looked at, which says that it is away."""
    await scribe.write(scribe.author.start())
    row = (await _known(desk)).row
    async with (
        open_sessions("postgresql://nobody:x@127.0.0.1:1/none") as nowhere,
        news_of(replace(desk, sessions=nowhere), RESTLESS) as (news, end),
    ):
        assert await news.of(row, end)


async def test_what_is_watched_is_kept_warm_for_as_long_as_it_waits(
    desk: ConnectedDesk, scribe: Scribe, redis: Redis
) -> None:
    await scribe.tell(scribe.author.start())
    async with news_of(desk, RESTLESS) as (news, end):
        row = (await _known(desk)).row
        assert row is not None
        key = Keys(row.organization_id).session(row.id)
        await redis.expire(key, 60)
        assert not await news.of(row, end)
        assert await redis.ttl(key) > 80_000
        await redis.expire(key, 60)
        assert not await news.of(row, end)
        # Once an hour is enough: each command is billed.
        assert await redis.ttl(key) <= 60


async def _known(desk: ConnectedDesk) -> Reader:
    reader = Reader(desk)
    assert await reader.latest("PROJ-1") is not None
    return reader


async def _never() -> None:
    await asyncio.Event().wait()
