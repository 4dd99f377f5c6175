"""What a run asks of Redis, and that each of its uses is really made."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from redis.asyncio import Redis

from activities.upkeep import NOBODY
from cache.counters import Counters
from cache.keys import Keys
from cache.lock import Lock
from cache.sessions import Sessions
from contracts.orchestrations import OrchestrationStatus
from contracts.triage import FORGET_TICKETS
from contracts.webhooks import FORGET_WEBHOOKS
from tests.workflows.office import Office, until

SENT = ("evalsha", "eval", "ping", "hgetall", "unlink")
NEVER = {"calls": 0}
AT_MOST = 20


async def test_a_run_of_six_agents_asks_redis_twenty_times_at_most(
    office: Office, redis: Redis
) -> None:
    # The first one of all after a restart of Redis teaches it the scripts.
    await _worked(office)
    before = await _asked(redis)
    await _worked(office, again=True)
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


async def test_a_playbook_is_parsed_once_for_all_runs(office: Office, redis: Redis) -> None:
    await _worked(office)
    row = await office.row()
    assert row is not None
    keys = Keys(row.organization_id)
    kept = [key async for key in redis.scan_iter(keys.cached_pattern("playbook", "all-"))]
    assert len(kept) == 1
    assert 0 < await redis.ttl(kept[0]) <= 300


@pytest.mark.parametrize("upkeep", [FORGET_TICKETS, FORGET_WEBHOOKS])
async def test_upkeep_by_schedules_waits_for_whoever_is_at_it(
    office: Office, redis: Redis, upkeep: str
) -> None:
    async with Lock(redis, Keys(NOBODY), timedelta(seconds=1)).held("database", "x"):
        handle = await office.client.start_workflow(
            upkeep, id=f"{upkeep}-{uuid4()}", task_queue=office.task_queue, result_type=int
        )

        async def waits() -> bool:
            described = (await handle.describe()).raw_description.pending_activities
            return any("holds the lock" in one.last_failure.message for one in described)

        await until(waits)
    assert await handle.result() >= 0


async def _worked(office: Office, **options: Any) -> None:
    handle = await office.start(**options)
    await office.approve()
    await handle.result()


async def _asked(redis: Redis) -> Counter[str]:
    """What clients sent: what scripts do inside is counted beside it, and not of interest."""
    said: dict[str, Any] = await redis.info("commandstats")
    return Counter({name: said.get(f"cmdstat_{name}", NEVER)["calls"] for name in SENT})
