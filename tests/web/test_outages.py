"""The gateway without one server or another: what it answered with yes is not lost."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import pytest
from httpx2 import AsyncClient
from redis.asyncio import Redis
from sqlalchemy import func, make_url, update
from temporalio import activity, workflow
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.service import RPCError
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from activities.webhook_sweep import WebhookSweepActivities
from cache.connection import open_redis
from clients.webhooks import WebhookWorkflows
from contracts.webhooks import (
    PROCESS_WEBHOOK,
    WebhookSource,
    WebhookStatus,
    WebhookWork,
    webhook_workflow_id,
)
from db.engine import Sessions, open_sessions
from db.models import WebhookEvent
from db.webhooks import Inbox
from settings import Settings
from stack.addresses import Addresses
from tests.conftest import TestOrganization
from tests.faults.patience import until
from tests.faults.proxies import Proxy, proxy_to
from tests.web.gate import SECRET, Entry, open_endpoint, rows, running, settings_with
from workflows.sweep_webhooks import SweepWebhooks


@dataclass(frozen=True)
class Shaky:
    """A gateway whose servers can be shut off."""

    entry: Entry
    settings: Settings
    postgres: Proxy
    temporal: Proxy


@pytest.fixture
async def shaky(
    stack: Addresses,
    database_url: str,
    redis: Redis,
    http: AsyncClient,
    sessions: Sessions,
    organization: TestOrganization,
) -> AsyncIterator[Shaky]:
    chosen, url = (
        settings_with(graceful_shutdown_timeout=timedelta(seconds=1)),
        make_url(database_url),
    )
    path = await open_endpoint(sessions, organization, WebhookSource.GITHUB, SECRET)
    host, port = stack.temporal.split(":")
    assert url.host
    assert url.port
    async with proxy_to(url.host, url.port) as postgres, proxy_to(host, int(port)) as temporal:
        there = url.set(host="127.0.0.1", port=postgres.port)
        address = there.render_as_string(hide_password=False)
        async with (
            open_sessions(address) as shaky_sessions,
            running(chosen, shaky_sessions, redis, f"127.0.0.1:{temporal.port}") as at,
        ):
            yield Shaky(Entry(at, path, http), chosen, postgres, temporal)


async def exists(temporal: Client, workflow_id: str) -> bool:
    try:
        await temporal.get_workflow_handle(workflow_id).describe()
    except RPCError:
        return False
    return True


@workflow.defn(name=PROCESS_WEBHOOK)
class Settles:
    """Stands in for the workflow: settles what it is given."""

    @workflow.run
    async def run(self, work: WebhookWork) -> None:
        await workflow.execute_activity_method(
            Settling.settle, work, start_to_close_timeout=timedelta(seconds=10)
        )


class Settling:
    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    @activity.defn
    async def settle(self, work: WebhookWork) -> None:
        async with self._sessions.begin() as session:
            inbox = Inbox(session)
            if work.received is not None:
                (kept,) = await inbox.put([work.received])
                await inbox.settle(kept.id, WebhookStatus.PROCESSED)
            elif work.row is not None:
                await inbox.settle(work.row, WebhookStatus.PROCESSED)


@asynccontextmanager
async def worker(temporal: Client, sessions: Sessions, queue: str) -> AsyncIterator[None]:
    sweep = WebhookSweepActivities(sessions, WebhookWorkflows(temporal, queue))
    async with Worker(
        temporal,
        task_queue=queue,
        workflows=[Settles, SweepWebhooks],
        activities=[Settling(sessions).settle, sweep.sweep_webhooks],
        workflow_runner=UnsandboxedWorkflowRunner(),
    ):
        yield


async def swept(temporal: Client, queue: str) -> int:
    count: int = await temporal.execute_workflow(
        SweepWebhooks.run, id=f"sweep-{queue}", task_queue=queue
    )
    return count


async def end_leases(sessions: Sessions, organization: TestOrganization) -> None:
    """As if their time had passed."""
    async with sessions.begin() as session:
        mine = update(WebhookEvent).where(WebhookEvent.organization_id == organization.id)
        await session.execute(mine.values(lease_until=func.now() - timedelta(seconds=1)))


async def test_the_relay_starts_a_workflow_right_after_the_answer(
    shaky: Shaky, temporal: Client, sessions: Sessions, organization: TestOrganization
) -> None:
    answer = await shaky.entry.deliver({"a": 1}, "one")
    [row] = await rows(sessions, organization)
    assert row.workflow_id == webhook_workflow_id(row.endpoint_id, "one")
    await until(lambda: exists(temporal, row.workflow_id), "the workflow is there")
    handle = temporal.get_workflow_handle(row.workflow_id)
    first = (await handle.fetch_history()).events[0].workflow_execution_started_event_attributes
    [work] = await temporal.data_converter.decode(first.input.payloads, [WebhookWork])
    assert work == WebhookWork(row=UUID(answer.json()["id"]))


async def test_without_redis_deliveries_come_in(
    stack: Addresses, http: AsyncClient, sessions: Sessions, organization: TestOrganization
) -> None:
    path = await open_endpoint(sessions, organization, WebhookSource.GITHUB, SECRET)
    async with (
        open_redis("redis://127.0.0.1:1/0") as nowhere,
        running(settings_with(), sessions, nowhere, stack.temporal) as url,
    ):
        assert (await Entry(url, path, http).deliver({})).status_code == 202


async def test_without_temporal_deliveries_are_kept_and_the_sweep_starts_them(
    shaky: Shaky, temporal: Client, sessions: Sessions, organization: TestOrganization
) -> None:
    shaky.temporal.shut()
    answers = await asyncio.gather(*(shaky.entry.deliver({"n": n}) for n in range(20)))
    assert {answer.status_code for answer in answers} == {202}
    queue = shaky.settings.slipway_task_queue
    async with worker(temporal, sessions, queue):
        await swept(temporal, queue)
        assert {row.status for row in await rows(sessions, organization)} == {"RECEIVED"}
        await end_leases(sessions, organization)
        assert await swept(temporal, queue) >= 20

        async def processed() -> bool:
            return all(row.processed for row in await rows(sessions, organization))

        await until(processed, "all are processed")


async def test_without_postgres_the_workflow_holds_the_body_and_the_row_follows(
    shaky: Shaky, temporal: Client, sessions: Sessions, organization: TestOrganization
) -> None:
    await shaky.entry.deliver({"before": True}, "zero")
    shaky.postgres.shut()
    answers = [await shaky.entry.deliver({"n": 1}, "one") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [202, 202]
    assert [answer.json()["status"] for answer in answers] == ["accepted", "duplicate"]
    assert len(await rows(sessions, organization)) == 1
    async with worker(temporal, sessions, shaky.settings.slipway_task_queue):

        async def both() -> bool:
            found = await rows(sessions, organization)
            return len(found) == 2 and all(row.processed for row in found)

        await until(both, "both are processed")
    found = {row.delivery_id: row for row in await rows(sessions, organization)}
    assert found["one"].payload == {"n": 1}
    assert answers[0].json()["id"] == found["one"].workflow_id
    shaky.postgres.open()

    async def known() -> bool:
        again = await shaky.entry.deliver({"n": 1}, "one")
        return bool(again.json() == {"status": "duplicate", "id": str(found["one"].id)})

    await until(known, "Postgres knows it")
    assert len(await rows(sessions, organization)) == 2


async def test_without_both_the_sender_is_told_to_come_again(
    shaky: Shaky, sessions: Sessions, organization: TestOrganization
) -> None:
    await shaky.entry.deliver({}, "zero")
    shaky.postgres.shut()
    shaky.temporal.shut()
    answer = await shaky.entry.deliver({"a": 1}, "one")
    assert (answer.status_code, int(answer.headers["retry-after"]) > 0) == (503, True)
    forged = await shaky.entry.deliver({"a": 1}, "one", **{"x-hub-signature-256": "sha256=00"})
    assert forged.status_code == 401
    shaky.postgres.open()

    async def taken() -> bool:
        answer = await shaky.entry.deliver({"a": 1}, "one")
        return answer.status_code == 202

    await until(taken, "it is taken")
    assert len(await rows(sessions, organization)) == 2


async def test_a_body_too_large_for_a_workflow_waits_for_postgres(shaky: Shaky) -> None:
    await shaky.entry.deliver({}, "zero")
    shaky.postgres.shut()
    noise = "".join(f"{number * 7919 % 1_000_003:x}" for number in range(1_200_000))
    assert (await shaky.entry.deliver({"a": noise}, "one")).status_code == 503


async def test_a_gateway_that_has_never_seen_postgres_says_so(
    stack: Addresses, redis: Redis, http: AsyncClient
) -> None:
    async with (
        open_sessions("postgresql://nobody:x@127.0.0.1:1/none") as nowhere,
        running(settings_with(), nowhere, redis, stack.temporal) as url,
    ):
        answer = await Entry(url, "github", http).deliver({})
        ready = await http.get(f"{url}/api/health")
    assert (answer.status_code, "retry-after" in answer.headers) == (503, True)
    assert (ready.status_code, ready.json()["database"]) == (503, False)
    assert (ready.json()["temporal"], ready.json()["redis"]) == (True, True)


async def test_a_row_whose_workflow_vanished_is_a_dead_letter(
    shaky: Shaky, temporal: Client, sessions: Sessions, organization: TestOrganization
) -> None:
    await shaky.entry.deliver({}, "one")
    [row] = await rows(sessions, organization)
    handle = temporal.get_workflow_handle(row.workflow_id)
    await until(lambda: exists(temporal, row.workflow_id), "the workflow is there")
    await handle.terminate("as a person would")
    await end_leases(sessions, organization)
    async with worker(temporal, sessions, shaky.settings.slipway_task_queue):
        await swept(temporal, shaky.settings.slipway_task_queue)
    [row] = await rows(sessions, organization)
    assert (row.status, bool(row.error_message)) == ("FAILED", True)


async def test_a_row_whose_workflow_runs_is_left_alone_for_a_while(
    shaky: Shaky, temporal: Client, sessions: Sessions, organization: TestOrganization
) -> None:
    await shaky.entry.deliver({}, "one")
    [row] = await rows(sessions, organization)
    await until(lambda: exists(temporal, row.workflow_id), "the workflow is there")
    await end_leases(sessions, organization)
    queue = shaky.settings.slipway_task_queue
    await WebhookSweepActivities(sessions, WebhookWorkflows(temporal, queue)).sweep_webhooks()
    [after] = await rows(sessions, organization)
    described = await temporal.get_workflow_handle(row.workflow_id).describe()
    assert described.status is WorkflowExecutionStatus.RUNNING
    assert after.status == "RECEIVED"
    assert after.lease_until is not None
    assert row.lease_until is not None
    assert after.lease_until > row.lease_until + timedelta(minutes=5)


async def test_two_sweeps_at_once_claim_each_row_once(
    github: Entry, sessions: Sessions, organization: TestOrganization
) -> None:
    for number in range(10):
        await github.deliver({"n": number})
    await end_leases(sessions, organization)
    async with sessions.begin() as one, sessions.begin() as other:
        first, second = await Inbox(one).claim(5), await Inbox(other).claim(1_000)
        mine = {row.id for row in await rows(sessions, organization)}
    ids = [waiting.id for waiting in (*first, *second) if waiting.id in mine]
    assert len(ids) == len(set(ids))
    assert {one.id for one in first}.isdisjoint({one.id for one in second})
