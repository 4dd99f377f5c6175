"""Tells a watcher when to look again, so that nobody asks Postgres each second."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from redis.asyncio import Redis

from cache.keys import Keys
from cache.sessions import LiveSessions
from cache.subscriber import QUIET
from cli.context import Desk
from cli.ending import Ending
from cli.live import following, live_redis, live_states
from cli.stopping import stop
from cli.verdicts import is_away
from contracts.orchestrations import OrchestrationRow
from contracts.sessions import Pulse

UNOPENED = 0.2


@dataclass(frozen=True)
class Pace:
    """How many seconds pass between two looks at Redis, how long the bus may be silent until
    Postgres is asked what was never said, and how often Redis is told to keep what it knows."""

    every: float = 1.0
    quiet: timedelta = QUIET
    warmth: timedelta = timedelta(hours=1)


class News:
    """Of one run: from the bus at once, and from the pulse in Redis each second, for word that was
    missed. Where Redis says nothing, Postgres must be looked at."""

    def __init__(self, desk: Desk, redis: Redis, pace: Pace) -> None:
        self._desk, self._redis, self._pace = desk, redis, pace
        self._heard, self._cold_at = asyncio.Event(), float("-inf")
        self._listening: asyncio.Task[None] | None = None

    async def close(self) -> None:
        if self._listening is not None:
            await stop(self._listening)

    async def of(self, row: OrchestrationRow | None, end: Ending) -> bool:
        """Waits a moment at most; whether there may be more in Postgres than this row."""
        # A run that is over tells nothing more: its end, or the next attempt, is only looked up.
        if row is None or row.status.terminal or end.done():
            await asyncio.sleep(UNOPENED)
            return True
        if self._listening is None or self._listening.done():
            self._listening = asyncio.create_task(self._listen(row))
        heard = asyncio.create_task(self._heard.wait())
        await asyncio.wait(
            (heard, end), timeout=self._pace.every, return_when=asyncio.FIRST_COMPLETED
        )
        heard.cancel()
        if self._heard.is_set() or end.done() or self._listening.done():
            self._heard.clear()
            return True
        return await self._beats_otherwise(row)

    async def _beats_otherwise(self, row: OrchestrationRow) -> bool:
        sessions = LiveSessions(self._redis, Keys(row.organization_id))
        pulse = await sessions.pulse(row.id)
        if pulse is None:
            pulse = await self._rebuilt(row)
        else:
            await self._keep_warm(sessions, row)
        return pulse != Pulse(sequence=row.last_sequence, status=row.status)

    async def _rebuilt(self, row: OrchestrationRow) -> Pulse | None:
        """None where Postgres does not answer: who looks at it says so."""
        try:
            states = await live_states(self._desk.sessions, self._redis, [row])
        except Exception as error:
            if not is_away(error):
                raise
            return None
        return states[row.id].pulse if row.id in states else None

    async def _keep_warm(self, sessions: LiveSessions, row: OrchestrationRow) -> None:
        """A ticket that waits for a person says nothing for days. As long as somebody looks, it
        must not be read from Postgres again."""
        now = asyncio.get_running_loop().time()
        if now >= self._cold_at and await sessions.touch(row.id):
            self._cold_at = now + self._pace.warmth.total_seconds()

    async def _listen(self, row: OrchestrationRow) -> None:
        """Ends where Postgres does not answer; who looks at it says so, and asks for the next."""
        try:
            async with following(self._desk, row, self._pace.quiet) as events:
                async for _ in events:
                    self._heard.set()
        except Exception as error:
            if not is_away(error):
                raise


@asynccontextmanager
async def open_news(desk: Desk, pace: Pace) -> AsyncIterator[News]:
    async with live_redis(desk) as redis:
        news = News(desk, redis, pace)
        try:
            yield news
        finally:
            await news.close()
