"""Each delivery three times, in any order, by fifty at once: each has one row and one effect."""

from uuid import uuid4

import pytest
from httpx2 import AsyncClient
from redis.asyncio import Redis
from temporalio.client import Client
from temporalio.worker import Worker
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner

from activities.command_desk import CommandDesk
from activities.commands import CommandActivities
from activities.interceptor import ErrorInterceptor
from activities.local_tracker import LocalTracker
from activities.webhooks import WebhookActivities
from clients.temporal.orchestrations import OrchestrationWorkflows
from db.engine import Sessions
from policy.house_rules import HouseRules
from policy.redaction import Redaction
from stack.addresses import Addresses
from tests.conftest import TestOrganization
from tests.faults.listening import listening
from tests.faults.patience import until
from tests.faults.senders import Senders
from tests.web.gate import Entry, rows, running, settings_with
from workflows.process_webhook import ProcessWebhook
from workflows.runner import PASSED_THROUGH


def staff(sessions: Sessions, temporal: Client, queue: str) -> Worker:
    """Whoever it takes to guide by comments."""
    redaction = Redaction(())
    people = CommandActivities(
        CommandDesk(sessions),
        LocalTracker(sessions, redaction),
        lambda organization: OrchestrationWorkflows(temporal, organization, queue),
    )
    webhooks = WebhookActivities(sessions, HouseRules(), redaction)
    return Worker(
        temporal,
        task_queue=queue,
        workflows=[ProcessWebhook],
        activities=[webhooks.route_delivery, webhooks.settle_delivery, people.guide_work],
        interceptors=[ErrorInterceptor()],
        workflow_runner=SandboxedWorkflowRunner(PASSED_THROUGH),
    )


@pytest.mark.parametrize(
    "number",
    [60, pytest.param(1_000, marks=[pytest.mark.soak, pytest.mark.timeout(600)])],
)
async def test_each_of_many_deliveries_is_kept_once_and_done_once(
    number: int,
    temporal: Client,
    sessions: Sessions,
    redis: Redis,
    stack: Addresses,
    http: AsyncClient,
    organization: TestOrganization,
) -> None:
    chosen, names = settings_with(), sorted(f"{n}-{uuid4().hex[:6]}" for n in range(number))
    queue = chosen.slipway_task_queue
    async with (
        listening(temporal, sessions, organization) as listener,
        running(chosen, sessions, redis, stack.temporal) as url,
        staff(sessions, temporal, queue),
    ):
        await Senders(Entry(url, listener.path, http)).send(names)

        async def settled() -> bool:
            found = await rows(sessions, organization)
            return len(found) >= number and all(row.status != "RECEIVED" for row in found)

        await until(settled, "all are settled", seconds=max(number / 2, 90))
        heard = await listener.heard()
    found = await rows(sessions, organization)
    assert sorted(row.delivery_id for row in found) == names
    assert {(row.status, row.conflicts) for row in found} == {("PROCESSED", 0)}
    assert heard == names
