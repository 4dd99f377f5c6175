"""Events as they happen, without gaps: from Postgres first, and again when word was missed."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing, asynccontextmanager
from datetime import timedelta
from uuid import UUID

from pydantic import ValidationError
from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.exceptions import ConnectionError

from cache.asking import ABSENT
from cache.connection import patience_of
from cache.keys import Keys
from contracts.live import LiveBatch

# Answers with the events that follow this number, in their order; 0 asks for all.
ReadSince = Callable[[int], Awaitable[Sequence[LiveBatch]]]
QUIET = timedelta(seconds=5)
AWAY = 1.0


class Subscriber:
    """Follows one orchestration. `redis` is a client for blocking reads (open_listening)."""

    def __init__(
        self, redis: Redis, keys: Keys, read_since: ReadSince, quiet: timedelta = QUIET
    ) -> None:
        self._redis, self._keys, self._read_since = redis, keys, read_since
        self._quiet = quiet.total_seconds()
        self._seconds = patience_of(redis).total_seconds()

    async def events(self, orchestration_id: UUID, sequence: int = 0) -> AsyncGenerator[LiveBatch]:
        """Every event after `sequence`, once each, without end; close it by `aclosing`. While
        Redis is away they come from Postgres alone. Raises what `read_since` raises."""
        last: LiveBatch | None = None
        async with aclosing(self._words(orchestration_id)) as words:
            async for word in words:
                for event in await self._news(word, last, sequence):
                    last, sequence = event, event.sequence
                    yield event

    async def _news(
        self, word: LiveBatch | None, last: LiveBatch | None, sequence: int
    ) -> Sequence[LiveBatch]:
        if word is None or word.sequence > sequence + 1:
            return await self._read_since(sequence)
        if word.sequence == sequence + 1:
            return [word]
        # Old word, or the first of a branch: a reset run goes on from a lower number, later.
        if last is None or word.timestamp <= last.timestamp:
            return []
        return [event for event in await self._read_since(0) if event.timestamp > last.timestamp]

    async def _words(self, orchestration_id: UUID) -> AsyncGenerator[LiveBatch | None]:
        """What is heard; None whenever something may have been missed."""
        channel = self._keys.orchestration_channel(orchestration_id)
        while True:
            try:
                async with self._subscribed(channel) as heard:
                    yield None
                    while True:
                        yield self._said(await self._next(heard))
            except ABSENT:
                yield None
                await asyncio.sleep(AWAY)

    @asynccontextmanager
    async def _subscribed(self, channel: str) -> AsyncIterator[PubSub]:
        """Confirmed, so that nothing said after a read that follows can be missed."""
        async with self._redis.pubsub() as heard:
            async with asyncio.timeout(self._seconds):
                await heard.subscribe(channel)
                await self._answered(heard)
            yield heard

    async def _next(self, heard: PubSub) -> bytes | None:
        """The next message, or None after a while of silence on a connection that lives."""
        message = await heard.get_message(timeout=self._quiet)
        if message is None:
            async with asyncio.timeout(self._seconds):
                await heard.ping()
                message = await self._answered(heard)
        return message["data"] if message["type"] == "message" else None

    async def _answered(self, heard: PubSub) -> dict[str, bytes]:
        """A connection whose other end is gone without a word stays silent now, too."""
        message = await heard.get_message(timeout=self._seconds)
        if message is None:
            raise ConnectionError("the connection is silent")
        return dict(message)

    def _said(self, text: bytes | None) -> LiveBatch | None:
        try:
            return LiveBatch.heard(text, self._keys.organization_id) if text else None
        except ValidationError:
            return None
