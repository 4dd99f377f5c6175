"""The gateway without one server or another: what it answered with yes is not lost."""

import asyncio
import json
from datetime import UTC, datetime
from time import monotonic
from uuid import UUID

import pytest
from httpx2 import AsyncClient, Response
from redis.asyncio import Redis
from sqlalchemy import delete
from temporalio.client import Client

from cache.connection import open_redis
from contracts.webhooks import WebhookSource, WebhookWork, webhook_workflow_id
from db.engine import Sessions, open_sessions
from db.models import WebhookEvent
from policy.signing import Posting, signed_headers
from stack.addresses import Addresses
from tests.conftest import TestOrganization
from tests.faults.patience import awake, until
from tests.web.gate import SECRET, Entry, open_endpoint, rows, running, settings_with
from tests.web.shaky import Shaky, end_leases, exists, swept, worker

# Slack waits 3 s, and this machine may be slow.
SLACKS = 3.5


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
        told = (await http.get(f"{url}/metrics")).text
    assert "slipway_webhook_decided_without_redis_total 1" in told.splitlines()


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


async def test_without_postgres_a_batch_is_started_at_once_and_not_one_by_one(
    shaky: Shaky, temporal: Client, sessions: Sessions, organization: TestOrganization
) -> None:
    """Each start takes more than half a second here: one by one they would take ten."""
    path = await open_endpoint(sessions, organization, WebhookSource.HUBSPOT, SECRET)
    url = f"{shaky.entry.url}/webhooks/{path}"
    known = {"subscriptionId": 2, "occurredAt": 3, "subscriptionType": "ticket"}

    async def post(*numbers: int) -> Response:
        body = json.dumps([{"eventId": number, **known} for number in numbers]).encode()
        posting = Posting(body, SECRET, "", "", datetime.now(UTC), url)
        headers = signed_headers(WebhookSource.HUBSPOT, posting)
        return await shaky.entry.http.post(url, content=body, headers=headers)

    assert (await post(0)).status_code == 202
    shaky.postgres.shut()
    shaky.temporal.lag = 0.3
    answer = await post(*range(1, 17))
    assert (answer.status_code, len(answer.json().get("ids", ()))) == (202, 16)
    assert all([await exists(temporal, id) for id in answer.json()["ids"]])


async def test_while_postgres_is_frozen_only_one_waits_for_it_now_and_then(
    hurried: Shaky, caplog: pytest.LogCaptureFixture
) -> None:
    await hurried.entry.deliver({}, "zero")
    hurried.postgres.lag = 60
    waited: list[float] = []

    async def deliver() -> None:
        async with awake() as clock:
            answer = await hurried.entry.deliver({})
            waited.append(clock())
        assert answer.status_code == 202

    def asked_in_vain() -> int:
        return sum("Postgres takes no deliveries: TimeoutError" in one for one in caplog.messages)

    await asyncio.gather(*(deliver() for _ in range(5)))
    assert max(waited) < SLACKS
    assert caplog.messages
    caplog.clear()
    while not asked_in_vain():
        await asyncio.gather(*(deliver() for _ in range(5)))
    assert (asked_in_vain(), max(waited) < SLACKS) == (1, True)


async def test_a_large_row_may_take_its_time_and_holds_up_no_other(
    hurried: Shaky, sessions: Sessions, organization: TestOrganization
) -> None:
    """Its id is taken by a row that somebody is about to delete."""
    await hurried.entry.deliver({}, "one")
    noise = "".join(f"{number * 7919 % 1_000_003:x}" for number in range(150_000))
    async with sessions.begin() as session:
        mine = WebhookEvent.organization_id == organization.id
        await session.execute(delete(WebhookEvent).where(mine))
        began = monotonic()
        large = asyncio.create_task(hurried.entry.deliver({"a": noise}, "one"))
        await until(lambda: monotonic() - began > 2.2, "a small one would be given up")
        small = await hurried.entry.deliver({})
    ids = {answer.json()["id"] for answer in (await large, small)}
    assert ids == {str(row.id) for row in await rows(sessions, organization)}


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
