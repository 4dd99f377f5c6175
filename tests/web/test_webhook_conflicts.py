"""Another body under a known delivery id, while nobody can tell that it is another one."""

from datetime import timedelta
from hashlib import sha256
from uuid import UUID, uuid4

import pytest
from temporalio import activity
from temporalio.client import Client, WorkflowFailureError, WorkflowHandle
from temporalio.exceptions import ActivityError, ApplicationError
from temporalio.worker import Worker

from clients.temporal.webhooks import WebhookWorkflows
from contracts.webhooks import COMPARE_WEBHOOK, Repetition
from db.engine import Sessions
from db.models import WebhookEvent
from tests.conftest import TestOrganization
from tests.faults.patience import until
from tests.web.gate import rows
from tests.web.shaky import Shaky, exists, worker
from tests.workflows.skipped_time import time_skipping
from workflows.compare_webhook import CompareWebhook

FIRST, OTHER = b'{"a": 1}', b'{"a": 2}'
HASH = sha256(OTHER).hexdigest()


def again_of(row: WebhookEvent, payload_hash: str = HASH) -> Repetition:
    return Repetition(endpoint_id=row.endpoint_id, delivery_id="one", payload_hash=payload_hash)


def compared(temporal: Client, again: Repetition) -> WorkflowHandle[object, bool]:
    return temporal.get_workflow_handle(again.workflow_id, result_type=bool)


def conflict(row: WebhookEvent) -> tuple[object, int, str | None]:
    return (row.payload, row.conflicts, row.conflicting_hash)


async def test_another_body_than_the_rows_is_on_record_once_postgres_is_back(
    shaky: Shaky, temporal: Client, sessions: Sessions, organization: TestOrganization
) -> None:
    await shaky.entry.deliver(FIRST, "one")
    [row] = await rows(sessions, organization)
    await until(lambda: exists(temporal, row.workflow_id), "its own run has begun")
    shaky.postgres.shut()
    answers = [await shaky.entry.deliver(OTHER, "one") for _ in range(2)]
    assert [(one.status_code, one.json()["status"]) for one in answers] == [(202, "duplicate")] * 2
    async with worker(temporal, sessions, shaky.settings.slipway_task_queue):
        assert await compared(temporal, again_of(row)).result()
    [row] = await rows(sessions, organization)
    assert conflict(row) == ({"a": 1}, 1, HASH)


async def test_of_two_bodies_that_came_without_postgres_the_first_is_processed(
    shaky: Shaky, temporal: Client, sessions: Sessions, organization: TestOrganization
) -> None:
    await shaky.entry.deliver({}, "zero")
    shaky.postgres.shut()
    answers = [await shaky.entry.deliver(body, "one") for body in (FIRST, OTHER, FIRST)]
    assert {one.status_code for one in answers} == {202}
    assert [one.json()["status"] for one in answers] == ["accepted", "duplicate", "duplicate"]
    async with worker(temporal, sessions, shaky.settings.slipway_task_queue):

        async def processed() -> bool:
            found = await rows(sessions, organization)
            return len(found) == 2 and all(one.processed for one in found)

        await until(processed, "both deliveries are processed")
        row = (await rows(sessions, organization))[1]
        assert await compared(temporal, again_of(row)).result()
        assert not await compared(temporal, again_of(row, row.payload_hash)).result()
    row = (await rows(sessions, organization))[1]
    assert conflict(row) == ({"a": 1}, 1, HASH)


async def test_who_compares_first_waits_for_the_row(
    shaky: Shaky, temporal: Client, sessions: Sessions, organization: TestOrganization
) -> None:
    await shaky.entry.deliver({}, "zero")
    [zero] = await rows(sessions, organization)
    queue, again = shaky.settings.slipway_task_queue, again_of(zero)
    async with worker(temporal, sessions, queue):
        await WebhookWorkflows(temporal, queue).compare(again)
        handle = compared(temporal, again)

        async def in_vain() -> bool:
            pending = (await handle.describe()).raw_description.pending_activities
            return any(one.attempt > 1 for one in pending)

        await until(in_vain, "it has looked for the row")
        assert len(await rows(sessions, organization)) == 1
        await shaky.entry.deliver(FIRST, "one")
        assert await handle.result()
    row = (await rows(sessions, organization))[1]
    assert conflict(row) == ({"a": 1}, 1, HASH)


class Absence:
    """There never is a row."""

    def __init__(self) -> None:
        self.took = timedelta()

    @activity.defn
    async def compare_delivery(self, again: Repetition) -> bool:
        info = activity.info()
        self.took = info.current_attempt_scheduled_time - info.scheduled_time
        raise ApplicationError("no row yet", next_retry_delay=timedelta(hours=5))


async def test_after_a_day_without_a_row_it_fails() -> None:
    absence, queue = Absence(), f"absence-{uuid4()}"
    async with (
        time_skipping() as environment,
        Worker(
            environment.client,
            task_queue=queue,
            workflows=[CompareWebhook],
            activities=[absence.compare_delivery],
        ),
    ):
        again = Repetition(endpoint_id=UUID(int=1), delivery_id="one", payload_hash=HASH)
        with pytest.raises(WorkflowFailureError) as failed:
            await environment.client.execute_workflow(
                COMPARE_WEBHOOK, again, id=queue, task_queue=queue
            )
    assert isinstance(failed.value.cause, ActivityError)
    assert timedelta(hours=15) <= absence.took < timedelta(days=1)
