"""A subscriber gets every event once and in order, whatever happens to Redis."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from redis.asyncio import Redis

from cache.bus import Bus
from cache.connection import open_listening
from cache.keys import Keys
from cache.subscriber import Subscriber
from contracts.live import LiveBatch
from tests.cache.conftest import LONG as PATIENT
from tests.cache.silence import way_to
from tests.faults.patience import until
from tests.faults.proxies import proxy_to

NOON = datetime(2026, 11, 3, 12, tzinfo=UTC)
ORCHESTRATION = UUID(int=1)
LONG = timedelta(minutes=5)


class Ledger:
    """In Postgres' place: it knows everything that was ever committed."""

    def __init__(self, keys: Keys) -> None:
        self._organization_id = keys.organization_id
        self._events: list[LiveBatch] = []
        self._seconds = 0
        self.reads = 0

    def commit(self, sequence: int, event: str = "GuidanceGiven") -> LiveBatch:
        self._seconds += 1
        committed = LiveBatch(
            organization_id=self._organization_id,
            project_id=UUID(int=2),
            orchestration_id=ORCHESTRATION,
            event=event,
            sequence=sequence,
            timestamp=NOON + timedelta(seconds=self._seconds),
            payload={"status": "ACTIVE"},
        )
        self._events = [known for known in self._events if known.sequence < sequence]
        self._events.append(committed)
        return committed

    async def read_since(self, sequence: int) -> Sequence[LiveBatch]:
        self.reads += 1
        return [event for event in self._events if event.sequence > sequence]


@pytest.fixture
def ledger(keys: Keys) -> Ledger:
    return Ledger(keys)


@asynccontextmanager
async def following(
    redis: Redis, keys: Keys, ledger: Ledger, quiet: timedelta = LONG
) -> AsyncIterator[AsyncGenerator[LiveBatch]]:
    """From the first event on, which is in the ledger already."""
    ledger.commit(1, "OrchestrationStarted")
    subscriber = Subscriber(redis, keys, ledger.read_since, quiet)
    async with asyncio.timeout(30), aclosing(subscriber.events(ORCHESTRATION)) as events:
        assert (await anext(events)).event == "OrchestrationStarted"
        yield events


async def numbers(events: AsyncGenerator[LiveBatch], count: int) -> list[int]:
    return [(await anext(events)).sequence for _ in range(count)]


async def test_what_is_heard_in_order_needs_no_further_read(
    redis: Redis, listening: Redis, keys: Keys, ledger: Ledger
) -> None:
    async with following(listening, keys, ledger) as events:
        for sequence in (2, 3, 4):
            await Bus(redis).publish(ledger.commit(sequence))
        assert await numbers(events, 3) == [2, 3, 4]
    assert ledger.reads == 1


async def test_what_was_not_said_is_read(
    redis: Redis, listening: Redis, keys: Keys, ledger: Ledger
) -> None:
    async with following(listening, keys, ledger) as events:
        ledger.commit(2)
        ledger.commit(3)
        await Bus(redis).publish(ledger.commit(4))
        assert await numbers(events, 3) == [2, 3, 4]
    assert ledger.reads == 2


async def test_who_has_seen_the_beginning_gets_the_rest(
    redis: Redis, listening: Redis, keys: Keys, ledger: Ledger
) -> None:
    ledger.commit(1)
    subscriber = Subscriber(listening, keys, ledger.read_since, LONG)
    async with asyncio.timeout(30), aclosing(subscriber.events(ORCHESTRATION, 1)) as events:
        waiting = asyncio.create_task(anext(events))
        await until(lambda: ledger.reads, "it has read, and follows")
        ledger.commit(2)
        await Bus(redis).publish(ledger.commit(3))
        assert (await waiting).sequence == 2
        assert await numbers(events, 1) == [3]


async def test_word_that_comes_twice_or_late_is_passed_over(
    redis: Redis, listening: Redis, keys: Keys, ledger: Ledger
) -> None:
    async with following(listening, keys, ledger) as events:
        second, third = ledger.commit(2), ledger.commit(3)
        for said in (third, second, third, ledger.commit(4)):
            await Bus(redis).publish(said)
        assert await numbers(events, 3) == [2, 3, 4]


async def test_after_a_reset_it_goes_on_with_the_new_branch(
    redis: Redis, listening: Redis, keys: Keys, ledger: Ledger
) -> None:
    async with following(listening, keys, ledger) as events:
        for sequence in (2, 3, 4):
            await Bus(redis).publish(ledger.commit(sequence))
        await numbers(events, 3)
        await Bus(redis).publish(ledger.commit(2, "RunReset"))
        await Bus(redis).publish(ledger.commit(3, "PhaseStarted"))
        assert [(await anext(events)).event for _ in range(2)] == ["RunReset", "PhaseStarted"]


async def test_noise_on_the_channel_loses_nothing(
    redis: Redis, listening: Redis, keys: Keys, ledger: Ledger
) -> None:
    async with following(listening, keys, ledger) as events:
        ledger.commit(2)
        await redis.publish(keys.orchestration_channel(ORCHESTRATION), "noise")
        assert await numbers(events, 1) == [2]


async def test_what_the_last_word_was_missed_of_is_read_when_all_is_quiet(
    listening: Redis, keys: Keys, ledger: Ledger
) -> None:
    async with following(listening, keys, ledger, timedelta(milliseconds=50)) as events:
        ledger.commit(2)
        assert await numbers(events, 1) == [2]


async def test_a_lost_connection_loses_no_event(
    redis: Redis, redis_url: str, keys: Keys, ledger: Ledger
) -> None:
    port = int(redis_url.rpartition(":")[2].split("/")[0])
    async with (
        proxy_to("127.0.0.1", port) as proxy,
        open_listening(redis_url.replace(f":{port}/", f":{proxy.port}/"), PATIENT) as through,
        following(through, keys, ledger) as events,
    ):
        waiting = asyncio.create_task(anext(events))
        proxy.shut()
        await until(lambda: proxy.refused, "it tries to come back")
        await Bus(redis).publish(ledger.commit(2))
        proxy.open()
        assert (await waiting).sequence == 2
        await subscribed(redis, keys)
        reads = ledger.reads
        await Bus(redis).publish(ledger.commit(3))
        assert await numbers(events, 1) == [3]
        assert ledger.reads <= reads + 1


async def test_a_connection_that_died_without_a_word_is_given_up(
    redis: Redis, redis_url: str, keys: Keys, ledger: Ledger
) -> None:
    port = int(redis_url.rpartition(":")[2].split("/")[0])
    quiet = timedelta(milliseconds=300)
    async with (
        way_to(port) as way,
        open_listening(redis_url.replace(f":{port}/", f":{way.port}/")) as through,
        following(through, keys, ledger, quiet) as events,
    ):
        way.go_silent()
        await Bus(redis).publish(ledger.commit(2))
        assert await numbers(events, 1) == [2]
        waiting = asyncio.create_task(anext(events))
        await until(lambda: way.connections > 1, "it has connected again")
        await Bus(redis).publish(ledger.commit(3))
        assert (await waiting).sequence == 3


async def test_without_redis_all_is_read(keys: Keys, ledger: Ledger) -> None:
    async with (
        open_listening("redis://127.0.0.1:1/0") as nowhere,
        following(nowhere, keys, ledger) as events,
    ):
        ledger.commit(2)
        assert await numbers(events, 1) == [2]


async def subscribed(redis: Redis, keys: Keys) -> None:
    channel = keys.orchestration_channel(ORCHESTRATION)

    async def somebody_listens() -> bool:
        return dict(await redis.pubsub_numsub(channel))[channel.encode()] > 0

    await until(somebody_listens, "somebody listens")
