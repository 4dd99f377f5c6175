"""What a run asks of Redis, and that each of its uses is really made."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from redis.asyncio import Redis
from sqlalchemy import func, select
from temporalio.api.enums.v1 import ApplicationErrorCategory, PendingActivityState
from temporalio.api.workflow.v1 import PendingActivityInfo
from temporalio.exceptions import CancelledError

from activities.shared import SharedByAll
from cache.connection import open_redis
from cache.counters import Counters
from cache.keys import NOBODY, Keys
from cache.lock import Lock
from cache.sessions import LiveSessions
from contracts.approval_links import FORGET_APPROVAL_LINKS
from contracts.orchestrations import OrchestrationStatus
from contracts.triage import FORGET_TICKETS
from contracts.webhooks import FORGET_WEBHOOKS
from db.models import Fence
from policy.limits import limits_with
from tests.workflows.endings import ending_of
from tests.workflows.histories import reset
from tests.workflows.office import Handle, Office, ground_of, until, worker_of
from tests.workflows.scripted_workshop import ScriptedWorkshop

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
    begun = datetime.now(UTC)
    await _worked(office)
    row = await office.row()
    assert row is not None
    counters, counted = Counters(redis, Keys(row.organization_id)), Counter[str]()
    # It may have become another day.
    for day in {begun.date(), datetime.now(UTC).date()}:
        counted.update({tally.agent: tally.count for tally in await counters.read(day)})
    assert counted["coder"] == 1
    assert counted["tests"] == 1


async def test_the_live_state_is_there_for_readers(office: Office, redis: Redis) -> None:
    await _worked(office)
    row = await office.row()
    assert row is not None
    sessions = LiveSessions(redis, Keys(row.organization_id))
    [state] = (await sessions.get(row.id) or {}).values()
    assert (state.status, state.progress) == (OrchestrationStatus.COMPLETED, 1.0)
    assert state.sequence == row.last_sequence


async def test_an_agent_beyond_the_limit_waits_outside_of_the_worker(
    closed_office: Office, workshop: ScriptedWorkshop, redis_url: str
) -> None:
    ground = ground_of(closed_office.stores, closed_office.folder)
    async with (
        # A machine that is busy must not look like a Redis that is away.
        open_redis(redis_url, timedelta(seconds=20)) as patient,
        worker_of(closed_office, workshop, replace(ground, shared=narrow(patient))),
    ):
        handle = await closed_office.start()

        async def waiting() -> PendingActivityInfo | None:
            pending = (await handle.describe()).raw_description.pending_activities
            late = [one for one in pending if "agent_starts" in one.last_failure.message]
            return late[0] if late else None

        waits: PendingActivityInfo = await until(waiting)
        # No slot of the worker is taken until then, and the Web UI shows no failure.
        assert waits.state == PendingActivityState.PENDING_ACTIVITY_STATE_SCHEDULED
        assert waits.current_retry_interval.ToTimedelta() > timedelta(minutes=50)
        said = waits.last_failure.application_failure_info
        assert said.category == ApplicationErrorCategory.APPLICATION_ERROR_CATEGORY_BENIGN
        await handle.cancel()
        assert await ending_of(handle) is CancelledError


async def test_what_redis_says_of_a_terminated_run_is_forgotten_when_the_next_one_opens(
    office: Office, redis: Redis
) -> None:
    first = await office.start()
    await office.awaited()
    old = await office.row()
    assert old is not None
    sessions = LiveSessions(redis, Keys(old.organization_id))
    assert await sessions.get(old.id)
    await first.terminate()
    await _worked(office)
    assert await sessions.get(old.id) == {}


async def test_what_redis_says_of_a_run_that_a_reset_has_terminated_is_forgotten(
    office: Office, redis: Redis
) -> None:
    await _worked(office)
    first = await office.row()
    assert first is not None
    await office.start(again=True)
    await office.awaited()
    later = await office.row()
    assert later is not None
    sessions = LiveSessions(redis, Keys(later.organization_id))
    assert await sessions.get(later.id)
    client, run_id = office.client, str(first.run_id)
    done: Handle = client.get_workflow_handle(first.workflow_id, run_id=run_id)
    await (await reset(office, done, "writer")).result()
    assert await sessions.get(later.id) == {}


async def test_a_playbook_is_parsed_once_for_all_runs(office: Office, redis: Redis) -> None:
    await _worked(office)
    row = await office.row()
    assert row is not None
    keys = Keys(row.organization_id)
    kept = [key async for key in redis.scan_iter(f"{keys.cached('playbook', 'all-')}*")]
    assert len(kept) == 1
    assert 0 < await redis.ttl(kept[0]) <= 300


@pytest.mark.parametrize("upkeep", [FORGET_TICKETS, FORGET_WEBHOOKS, FORGET_APPROVAL_LINKS])
async def test_upkeep_by_schedules_waits_for_whoever_is_at_it(
    office: Office, redis: Redis, upkeep: str
) -> None:
    begun = await _server_time(office)
    async with Lock(redis, Keys(NOBODY), timedelta(seconds=3)).held("database", "x"):
        handle = await office.client.start_workflow(
            upkeep, id=f"{upkeep}-{uuid4()}", task_queue=office.task_queue, result_type=int
        )

        async def waits() -> bool:
            described = (await handle.describe()).raw_description.pending_activities
            return any("holds the lock" in one.last_failure.message for one in described)

        await until(waits)
    assert await handle.result() >= 0
    async with office.stores.sessions() as session:
        shown = await session.scalar(select(Fence.updated_at).where(Fence.what == "database"))
    assert shown is not None
    assert shown > begun


def narrow(redis: Redis) -> SharedByAll:
    """With room for a single agent."""
    return SharedByAll(redis, limits_with({"agent_starts": "1/1h"}))


async def _worked(office: Office, **options: Any) -> None:
    handle = await office.start(**options)
    await office.approve()
    await handle.result()


async def _server_time(office: Office) -> datetime:
    async with office.stores.sessions() as session:
        return (await session.execute(select(func.now()))).scalar_one()


async def _asked(redis: Redis) -> Counter[str]:
    """What clients sent: what scripts do inside is counted beside it, and not of interest."""
    said: dict[str, Any] = await redis.info("commandstats")
    return Counter({name: said.get(f"cmdstat_{name}", NEVER)["calls"] for name in SENT})
