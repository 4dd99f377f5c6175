"""A sweep shows that it lives, starts some at a time, and does not stumble over one."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest
from temporalio.client import Client
from temporalio.testing import ActivityEnvironment

from activities.turns import AT_ONCE, in_turns, raise_first
from activities.webhook_sweep import WebhookSweepActivities
from clients.temporal.webhooks import Begun, WebhookWorkflows
from contracts.webhooks import WebhookWork
from db.engine import Sessions
from tests.conftest import TestOrganization
from tests.web.gate import Entry, rows
from tests.web.shaky import Shaky, end_leases, swept, worker

PATIENCE = timedelta(seconds=20)


class Server(WebhookWorkflows):
    """In the place of Temporal's. It begins what comes once `go_on` is set, but for what is
    `ill`."""

    def __init__(self, temporal: Client) -> None:
        super().__init__(temporal, "nobody")
        self.ill: str | None = None
        self.go_on = asyncio.Event()

    async def start(self, workflow_id: str, work: WebhookWork) -> Begun:
        async with asyncio.timeout(PATIENCE.total_seconds()):
            await self.go_on.wait()
        if workflow_id == self.ill:
            raise ConnectionError("not this one")
        return Begun.NOW


@pytest.fixture
async def left(github: Entry, sessions: Sessions, organization: TestOrganization) -> Sequence[str]:
    """The workflows of three deliveries that nobody has started."""
    for number in range(3):
        await github.deliver({"n": number})
    await end_leases(sessions, organization)
    return [row.workflow_id for row in await rows(sessions, organization)]


async def test_a_sweep_shows_that_it_lives_while_a_server_is_slow(
    temporal: Client, sessions: Sessions, left: Sequence[str]
) -> None:
    server, environment = Server(temporal), ActivityEnvironment()
    environment.on_heartbeat = lambda *_: server.go_on.set()
    sweep = WebhookSweepActivities(sessions, server)
    assert await environment.run(sweep.sweep_webhooks) >= len(left)


async def test_one_that_cannot_be_started_holds_none_of_the_others_up(
    temporal: Client,
    sessions: Sessions,
    organization: TestOrganization,
    left: Sequence[str],
) -> None:
    before = {row.workflow_id: row.lease_until for row in await rows(sessions, organization)}
    server = Server(temporal)
    server.ill, _, _ = left
    server.go_on.set()
    sweep = WebhookSweepActivities(sessions, server)
    with pytest.raises(ConnectionError):
        await ActivityEnvironment().run(sweep.sweep_webhooks)
    leases: dict[str, timedelta] = {}
    for row in await rows(sessions, organization):
        was = before[row.workflow_id]
        assert row.lease_until is not None
        assert was is not None
        leases[row.workflow_id] = row.lease_until - was
    assert leases.pop(left[0]) < min(leases.values())
    assert {row.status for row in await rows(sessions, organization)} == {"RECEIVED"}


async def test_a_dead_worker_is_missed_within_ten_seconds(
    shaky: Shaky, temporal: Client, sessions: Sessions
) -> None:
    queue = shaky.settings.slipway_task_queue
    async with worker(temporal, sessions, queue):
        await swept(temporal, queue)
    history = await temporal.get_workflow_handle(f"sweep-{queue}").fetch_history()
    (asked,) = [
        event.activity_task_scheduled_event_attributes
        for event in history.events
        if event.HasField("activity_task_scheduled_event_attributes")
    ]
    assert asked.heartbeat_timeout.ToTimedelta() == timedelta(seconds=10)


async def test_so_many_at_a_time_and_no_more() -> None:
    running = most = 0

    async def call(number: int) -> int:
        nonlocal running, most
        running, most = running + 1, max(most, running + 1)
        await asyncio.sleep(0)
        running -= 1
        if number == 7:
            raise ValueError(number)
        return number

    outcomes = await in_turns(call, range(100))
    assert most == AT_ONCE
    assert [one for one in outcomes if one != outcomes[7]] == [n for n in range(100) if n != 7]
    with pytest.raises(ValueError, match="7"):
        raise_first([one for one in outcomes if isinstance(one, BaseException)])
