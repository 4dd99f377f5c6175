"""Live readers' side of Redis: what is said as it happens, and what was said last."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from uuid import UUID

from redis.asyncio import Redis

from cache.connection import open_listening, open_redis
from cache.keys import Keys
from cache.sessions import LiveSessions
from cache.subscriber import Subscriber
from cli.context import Desk
from contracts.ledger import ChainedEvent
from contracts.live import LiveBatch
from contracts.orchestrations import OrchestrationRow
from contracts.sessions import LiveState
from db.engine import Sessions
from db.history import History
from db.live_states import LiveStates

# One command asks little and has just begun, on a machine that may be busy with its agents.
PATIENCE = timedelta(seconds=3)


@asynccontextmanager
async def live_redis(desk: Desk) -> AsyncIterator[Redis]:
    async with open_redis(desk.addresses.redis_url, PATIENCE) as redis:
        yield redis


async def live_states(
    database: Sessions, redis: Redis, rows: Sequence[OrchestrationRow]
) -> dict[UUID, LiveState]:
    """Of each row, as Redis has it; what it does not have, or not as new as the row, is made from
    Postgres and kept there."""

    async def rebuild(ids: Sequence[UUID]) -> list[LiveState]:
        async with database() as session:
            return await LiveStates(session).of(ids)

    if not rows:
        return {}
    sessions = LiveSessions(redis, Keys(rows[0].organization_id))
    wanted = {row.id: row.last_sequence for row in rows}
    return await sessions.get_or_rebuild(wanted, rebuild)


@asynccontextmanager
async def following(
    desk: Desk, row: OrchestrationRow, quiet: timedelta
) -> AsyncIterator[AsyncIterator[LiveBatch]]:
    """Each event behind the row's last one, as it happens, once and without gaps; while Redis is
    away they come from Postgres alone, a second late."""

    async def read_since(sequence: int) -> list[LiveBatch]:
        async with desk.sessions() as session:
            events = await History(session).events(row.id)
        return [_as_batch(row, event) for event in events if event.sequence > sequence]

    async with AsyncExitStack() as stack:
        listening = open_listening(desk.addresses.redis_url, PATIENCE)
        redis = await stack.enter_async_context(listening)
        subscriber = Subscriber(redis, Keys(row.organization_id), read_since, quiet)
        events = subscriber.events(row.id, row.last_sequence)
        stack.push_async_callback(events.aclose)
        yield events


def _as_batch(row: OrchestrationRow, event: ChainedEvent) -> LiveBatch:
    return LiveBatch(
        organization_id=row.organization_id,
        project_id=row.project_id,
        orchestration_id=row.id,
        event=event.event.type,
        sequence=event.sequence,
        timestamp=event.timestamp,
        payload={"phase": event.phase, "agent": event.agent_name},
    )
