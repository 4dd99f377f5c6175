"""What is recorded of deliveries, of customers' tickets and of messages."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from uuid import uuid4

from temporalio.client import Client, WorkflowHistory

from clients.temporal.webhooks import WebhookWorkflows
from contracts.notifications import notification_workflow_id
from contracts.triage import triage_workflow_id
from contracts.webhooks import Repetition, WebhookWork
from db.identity import Organizations
from ground import Stores
from tests.conftest import TestOrganization
from tests.github_life import comment, pull_request
from tests.receivers import receiving
from tests.workflows.office import Office
from tests.workflows.triage_desk import Grounds, opened
from tests.workflows.webhook_house import RITA, Stumbling, WebhookHouse, found_webhook_house

Scene = Callable[[Office], Awaitable[WorkflowHistory]]


async def processed(office: Office) -> WorkflowHistory:
    return await of_delivery(await found_webhook_house(office), "pull_request", OPENED)


async def ignored(office: Office) -> WorkflowHistory:
    """Settled where it is routed."""
    return await of_delivery(await found_webhook_house(office), "star", {"action": "created"})


async def refused(office: Office) -> WorkflowHistory:
    """A command that has no effect: nobody works on the ticket."""
    return await of_delivery(await found_webhook_house(office), "issue_comment", GUIDANCE)


async def fallen_back(office: Office) -> WorkflowHistory:
    """Routed by a regular activity, for the try beside the task has failed."""
    house = await found_webhook_house(office)
    house.redaction = Stumbling(1)
    return await of_delivery(house, "issue_comment", GUIDANCE)


async def compared(office: Office) -> WorkflowHistory:
    house = await found_webhook_house(office)
    await house.take_in("pull_request", OPENED, "one")
    again = Repetition.of(house.received("issue_comment", GUIDANCE, "one"))
    async with house.worker():
        await WebhookWorkflows(office.client, house.task_queue).compare(again)
        return await _ended(office.client, again.workflow_id)


OPENED, GUIDANCE = pull_request("opened", 1), comment("/guide mind the tests", RITA)
SCENES: tuple[Scene, ...] = (processed, ignored, refused, fallen_back, compared)


async def of_delivery(house: WebhookHouse, event: str, payload: Any) -> WorkflowHistory:
    row = await house.take_in(event, payload)
    async with house.worker():
        handle = await house.begin(WebhookWork(row=row))
        return await _ended(house.office.client, handle.id)


async def triage_and_its_message(stores: Stores, client: Client) -> Mapping[str, WorkflowHistory]:
    organization = await _new_organization(stores)
    async with receiving() as room:
        grounds = Grounds(stores.sessions, stores.redis, client, room)
        async with opened(grounds, organization) as desk:
            ticket = desk.ticket()
            await desk.deliver(ticket)
            (message,) = await desk.notifications()
            return {
                "triage": await _ended(client, triage_workflow_id(ticket.ref)),
                "notification": await _ended(client, notification_workflow_id(message.dedupe_key)),
            }


async def _new_organization(stores: Stores) -> TestOrganization:
    slug = f"recorded-{uuid4().hex[:12]}"
    async with stores.sessions.begin() as session:
        id = await Organizations(session).ensure(slug, slug)
    return TestOrganization(id=id, slug=slug)


async def _ended(client: Client, workflow_id: str) -> WorkflowHistory:
    handle = client.get_workflow_handle(workflow_id)
    await handle.result()
    return await handle.fetch_history()
