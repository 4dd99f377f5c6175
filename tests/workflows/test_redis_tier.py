"""What a run asks of Redis, and that each of its uses is really made."""

from collections import Counter
from datetime import UTC, datetime
from typing import Any

from redis.asyncio import Redis

from cache.counters import Counters
from cache.keys import Keys
from cache.sessions import Sessions
from contracts.orchestrations import OrchestrationStatus
from tests.workflows.office import Office

SENT = ("evalsha", "eval", "ping", "hgetall", "unlink")
NEVER = {"calls": 0}
AT_MOST = 20


async def test_a_run_of_six_agents_asks_redis_twenty_times_at_most(
    office: Office, redis: Redis
) -> None:
    before = await _asked(redis)
    await _worked(office)
    asked = await _asked(redis) - before
    assert 0 < asked.total() <= AT_MOST, dict(asked)


async def test_each_agent_is_counted(office: Office, redis: Redis) -> None:
    await _worked(office)
    row = await office.row()
    assert row is not None
    tallies = await Counters(redis, Keys(row.organization_id)).read(datetime.now(UTC).date())
    counted = {tally.agent: tally.count for tally in tallies}
    assert counted["coder"] == 1
    assert counted["tests"] == 1


async def test_the_live_state_is_there_for_readers(office: Office, redis: Redis) -> None:
    await _worked(office)
    row = await office.row()
    assert row is not None
    state = await Sessions(redis, Keys(row.organization_id)).get(row.id)
    assert state is not None
    assert (state.status, state.progress) == (OrchestrationStatus.COMPLETED, 1.0)
    assert state.sequence == row.last_sequence


async def _worked(office: Office) -> None:
    handle = await office.start()
    await office.approve()
    await handle.result()


async def _asked(redis: Redis) -> Counter[str]:
    """What clients sent: what scripts do inside is counted beside it, and not of interest."""
    said: dict[str, Any] = await redis.info("commandstats")
    return Counter({name: said.get(f"cmdstat_{name}", NEVER)["calls"] for name in SENT})
