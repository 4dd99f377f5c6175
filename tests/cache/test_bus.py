"""Word of committed events on a real Valkey, and without one."""

import asyncio
import json
from datetime import UTC, datetime
from uuid import uuid4

from redis.asyncio import Redis

from cache.bus import Bus
from cache.keys import Keys
from cache.sessions import LiveSessions
from contracts.live import LiveBatch


def batch() -> LiveBatch:
    return LiveBatch(
        organization_id=uuid4(),
        project_id=uuid4(),
        orchestration_id=uuid4(),
        event="PhaseStarted",
        sequence=7,
        timestamp=datetime.now(UTC),
        payload={"status": "ACTIVE", "phase": "CODE"},
    )


async def test_both_channels_hear_the_last_event_of_a_batch(redis: Redis) -> None:
    said = batch()
    keys = Keys(said.organization_id)
    channels = (
        keys.orchestration_channel(said.orchestration_id),
        keys.project_channel(said.project_id),
    )
    async with redis.pubsub() as listener:
        await listener.subscribe(*channels)
        heard = listener.listen()
        for _ in channels:
            await anext(heard)  # The confirmations of the subscription.
        await Bus(redis).publish(said)
        async with asyncio.timeout(30):
            messages = [await anext(heard) for _ in channels]
    assert {message["channel"].decode() for message in messages} == set(channels)
    content = json.loads(messages[0]["data"])
    assert (content["event"], content["sequence"]) == ("PhaseStarted", 7)
    assert content["orchestrationId"] == str(said.orchestration_id)


async def test_without_redis_nobody_fails(nowhere: Redis) -> None:
    await Bus(nowhere).publish(batch())


async def test_the_live_state_is_kept_with_the_word(redis: Redis) -> None:
    said = batch()
    assert await Bus(redis).publish(said)
    sessions = LiveSessions(redis, Keys(said.organization_id))
    [state] = (await sessions.get(said.orchestration_id) or {}).values()
    assert state is not None
    assert (state.phase, state.sequence, state.event) == ("CODE", 7, "PhaseStarted")
