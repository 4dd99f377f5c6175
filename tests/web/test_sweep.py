"""The sweep: it starts what nobody has started, and nothing twice."""

from datetime import timedelta

from temporalio.client import Client, WorkflowExecutionStatus

from activities.webhook_sweep import WebhookSweepActivities
from clients.temporal.webhooks import WebhookWorkflows
from db.engine import Sessions
from db.webhooks import Inbox
from tests.conftest import TestOrganization
from tests.faults.patience import until
from tests.web.gate import Entry, rows
from tests.web.shaky import Shaky, end_leases, exists, swept, worker


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
