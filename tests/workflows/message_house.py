"""An organization that tells people things: real receivers, real stores, and skipped time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from cryptography.fernet import Fernet
from pydantic import SecretStr
from redis.asyncio import Redis
from sqlalchemy import select
from temporalio.api.testservice.v1 import LockTimeSkippingRequest, UnlockTimeSkippingRequest
from temporalio.client import Client
from temporalio.testing import ActivityEnvironment, WorkflowEnvironment
from temporalio.worker import Worker
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner

from activities.interceptor import ErrorInterceptor
from activities.notifications import NotificationActivities
from activities.parcels import ParcelActivities
from activities.shared import SharedByAll
from clients.notifiers.mail import MailServer
from clients.notifiers.outgoing import Outgoing
from clients.notifiers.post_office import PostOffice
from clients.temporal.notifications import NotificationWorkflows
from contracts.limits import Limit
from contracts.notifications import (
    Channel,
    Endpoint,
    NotificationRequest,
    Occasion,
    Parcel,
    Route,
    notification_workflow_id,
)
from db.encryption import Keyring
from db.engine import Sessions
from db.models import Notification
from db.notification_endpoints import Endpoints, Routes
from policy.addresses import OutgoingRules
from policy.redaction import Redaction
from tests.conftest import PATIENT, TestOrganization
from tests.receivers import MailReceiver, Receiver
from workflows.deliver_notification import DeliverNotification
from workflows.runner import PASSED_THROUGH

KEY = Fernet.generate_key().decode()
EVENT = "PhaseCompleted"
LIMIT = Limit(scope="notifications", tokens=10, per=timedelta(minutes=1))


@dataclass(frozen=True)
class Stage:
    """What all houses share."""

    sessions: Sessions
    redis: Redis
    time: WorkflowEnvironment
    http: Receiver
    mail: MailReceiver

    @property
    def client(self) -> Client:
        return self.time.client


@dataclass(frozen=True)
class House:
    stage: Stage
    organization: TestOrganization
    activities: NotificationActivities
    task_queue: str
    parcels: ParcelActivities

    async def endpoint(self, name: str = "room", **rest: Any) -> None:
        """A webhook of the receiver's, unless told otherwise."""
        given = {
            "channel": Channel.WEBHOOK,
            "address": f"{self.stage.http.origin}/{name}",
            "secrets": ("whsec_c2VjcmV0LXNlY3JldC1zZWNyZXQ=",),
        }
        async with self.stage.sessions.begin() as session:
            endpoints = Endpoints(session, self.organization.id)
            await endpoints.put(Endpoint(name=name, **{**given, **rest}), Keyring([KEY]))

    async def route(self, channel: Channel = Channel.WEBHOOK, **how: Any) -> None:
        async with self.stage.sessions.begin() as session:
            route = Route(**{"event_type": EVENT, "channel": channel, **how})
            await Routes(session, self.organization.id).put(route)

    def request(self, key: str | None = None, **rest: Any) -> NotificationRequest:
        occasion = Occasion(issue_key="KEY-1", title="Round up", phase="PLAN")
        given = {"event_type": EVENT, "occasion": occasion, "key": key or uuid4().hex}
        return NotificationRequest(organization=self.organization.slug, **{**given, **rest})

    async def ask(self, request: NotificationRequest | None = None) -> int:
        """As the activity that an orchestration runs, at the server's time."""
        environment = ActivityEnvironment()
        now = await self.stage.time.get_current_time()
        environment.info = replace(environment.info, scheduled_time=now)
        ask = self.activities.request_deliveries
        return await environment.run(ask, request or self.request())

    async def rows(self) -> list[Notification]:
        """In the order they came."""
        async with self.stage.sessions() as session:
            rows = await session.scalars(
                select(Notification)
                .where(Notification.organization_id == self.organization.id)
                .order_by(Notification.id)
            )
            return list(rows)

    async def statuses(self) -> list[str]:
        return [row.status for row in await self.rows()]

    async def end_of(self, key: str) -> None:
        """Skips the time in which the delivery only waits."""
        service = self.stage.client.test_service
        handle = self.stage.client.get_workflow_handle(notification_workflow_id(key))
        await service.unlock_time_skipping(UnlockTimeSkippingRequest())
        try:
            async with asyncio.timeout(60):
                await handle.result()
        finally:
            await service.lock_time_skipping(LockTimeSkippingRequest())

    async def over(self) -> list[str]:
        """The statuses once all deliveries have ended, those of fallbacks too."""
        seen: set[str] = set()
        while keys := {row.batch_key or row.dedupe_key for row in await self.rows()} - seen:
            for key in sorted(keys):
                await self.end_of(key)
            seen |= keys
        return await self.statuses()

    async def resend(self, key: str) -> None:
        deliveries = NotificationWorkflows(self.stage.client, self.task_queue)
        await deliveries.start(Parcel(key=key, resend=True))


@asynccontextmanager
async def settled(
    stage: Stage,
    organization: TestOrganization,
    limit: Limit = LIMIT,
    patience: timedelta = PATIENT,
) -> AsyncIterator[House]:
    """A house with its own worker."""
    queue = f"messages-{uuid4().hex[:12]}"
    async with AsyncExitStack() as stack:
        rules = OutgoingRules(production=False, trusted=frozenset({stage.http.origin}))
        outgoing = await stack.enter_async_context(Outgoing(rules, patience))
        server = MailServer("127.0.0.1", stage.mail.port, "slipway@example.org", False, plain=True)
        post_office = PostOffice(
            outgoing, server, f"{stage.http.origin}/api/", f"{stage.http.origin}/v2/enqueue"
        )
        activities = NotificationActivities(
            stage.sessions,
            NotificationWorkflows(stage.client, queue),
            limit,
            Redaction(["hunter2-hunter2"]),
        )
        shared = SharedByAll(stage.redis, {limit.scope: limit})
        parcels = ParcelActivities(stage.sessions, post_office, shared, SecretStr(KEY))
        worker = Worker(
            stage.client,
            task_queue=queue,
            workflows=[DeliverNotification],
            activities=[
                activities.request_deliveries,
                activities.give_up_parcel,
                parcels.hold_parcel,
                parcels.send_parcel,
            ],
            interceptors=[ErrorInterceptor()],
            workflow_runner=SandboxedWorkflowRunner(PASSED_THROUGH),
        )
        await stack.enter_async_context(worker)
        yield House(stage, organization, activities, queue, parcels)


async def only(house: House) -> Notification:
    (row,) = await house.rows()
    return row


def sent(row: Notification) -> datetime:
    """On the server's clock, which skips what nobody does anything in."""
    assert row.sent_at is not None
    return row.sent_at
