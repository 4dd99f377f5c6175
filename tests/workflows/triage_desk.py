"""A support team's desk: real stores, a real Temporal, model servers and a room that is told."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

from cryptography.fernet import Fernet
from pydantic import SecretStr
from redis.asyncio import Redis
from sqlalchemy import select
from temporalio import activity
from temporalio.client import Client, WorkflowFailureError
from temporalio.service import RPCError
from temporalio.worker import Worker
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner

from activities.interceptor import ErrorInterceptor
from activities.language_models import LanguageModels
from activities.notifications import NotificationActivities
from activities.parcels import ParcelActivities
from activities.retention import RetentionActivities
from activities.shared import SharedByAll
from activities.triage import TriageActivities
from clients.llm.providers import open_providers
from clients.llm.sites import ProviderSite
from clients.notifiers.outgoing import Outgoing
from clients.notifiers.post_office import PostOffice
from clients.temporal.notifications import NotificationWorkflows
from clients.temporal.triage import TriageWorkflows
from contracts.limits import Limit
from contracts.notifications import Channel, Endpoint, Route, notification_workflow_id
from contracts.triage import SupportTicket, TicketClaim, TriageOutcome, TriageRow
from db.encryption import Keyring
from db.engine import Sessions
from db.models import Notification
from db.notification_endpoints import Endpoints, Routes
from db.processed_tickets import TicketList
from db.webhook_retention import Ages
from policy.addresses import OutgoingRules
from policy.limits import DEFAULTS
from policy.redaction import Redaction
from policy.support_cards import FAILED, TRIAGED
from tests.conftest import PATIENT, TestOrganization
from tests.receivers import Receiver
from workflows.deliver_notification import DeliverNotification
from workflows.retention import ForgetTickets
from workflows.runner import PASSED_THROUGH
from workflows.triage_ticket import TriageTicket

KEY = Fernet.generate_key().decode()
LIMIT = Limit(scope="notifications", tokens=100, per=timedelta(minutes=1))
LIMITS = {**DEFAULTS, LIMIT.scope: LIMIT}


class ForgetfulTriage(TriageActivities):
    """Its first claim is committed, and then the connection breaks."""

    @activity.defn
    async def claim_ticket(self, claim: TicketClaim) -> bool:
        won = await super().claim_ticket(claim)
        if activity.info().attempt == 1:
            raise ConnectionResetError("the answer is lost")
        return won


@dataclass(frozen=True)
class Grounds:
    """What all desks share."""

    sessions: Sessions
    redis: Redis
    client: Client
    room: Receiver


@dataclass(frozen=True)
class Desk:
    grounds: Grounds
    organization: TestOrganization
    triages: TriageWorkflows
    task_queue: str

    def ticket(self, **rest: Any) -> SupportTicket:
        """A new one, unless it is given an id."""
        given = {"id": uuid4().hex, "subject": "Charged twice", "body": "In May.", **rest}
        return SupportTicket.model_validate(
            {"organization": self.organization.slug, "source": "hubspot", **given}
        )

    async def deliver(self, ticket: SupportTicket) -> TriageOutcome:
        return await (await self.triages.start(ticket)).result()

    async def rows(self) -> list[TriageRow]:
        async with self.grounds.sessions() as session:
            return await TicketList(session, self.organization.slug).latest()

    async def notifications(self) -> list[Notification]:
        async with self.grounds.sessions() as session:
            rows = select(Notification).where(Notification.organization_id == self.organization.id)
            return list(await session.scalars(rows.order_by(Notification.id)))

    async def close(self) -> None:
        """Once all deliveries have ended: the SDK's core does not come to its end now and then
        where a worker stops amid one (temporalio 1.35)."""
        with suppress(TimeoutError, WorkflowFailureError, RPCError):
            async with asyncio.timeout(10):
                for row in await self.notifications():
                    id = notification_workflow_id(row.batch_key or row.dedupe_key)
                    await self.grounds.client.get_workflow_handle(id).result()


@asynccontextmanager
async def opened(
    grounds: Grounds,
    organization: TestOrganization,
    sites: Sequence[ProviderSite] = (),
    kind: type[TriageActivities] = TriageActivities,
) -> AsyncIterator[Desk]:
    """A desk with its own worker and a room that hears of every ticket."""
    queue = f"triage-{uuid4().hex[:12]}"
    await _furnish(grounds, organization)
    async with AsyncExitStack() as stack:
        providers = await stack.enter_async_context(open_providers(sites))
        redaction = Redaction(["hunter2-hunter2"])
        shared = SharedByAll(grounds.redis, LIMITS)
        triage = kind(grounds.sessions, LanguageModels(providers, shared), redaction)
        retention = RetentionActivities(grounds.sessions, Ages.of_days(30, 90))
        worker = Worker(
            grounds.client,
            task_queue=queue,
            workflows=[TriageTicket, ForgetTickets, DeliverNotification],
            activities=[
                *triage.all,
                retention.forget_tickets,
                *await _messages(grounds, queue, stack),
            ],
            interceptors=[ErrorInterceptor()],
            workflow_runner=SandboxedWorkflowRunner(PASSED_THROUGH),
        )
        await stack.enter_async_context(worker)
        desk = Desk(grounds, organization, TriageWorkflows(grounds.client, queue), queue)
        yield desk
        await desk.close()


async def _messages(grounds: Grounds, queue: str, stack: AsyncExitStack) -> list[Any]:
    rules = OutgoingRules(production=False, trusted=frozenset({grounds.room.origin}))
    outgoing = await stack.enter_async_context(Outgoing(rules, PATIENT))
    asked = NotificationActivities(
        grounds.sessions, NotificationWorkflows(grounds.client, queue), LIMIT, Redaction([])
    )
    parcels = ParcelActivities(
        grounds.sessions,
        PostOffice(outgoing),
        SharedByAll(grounds.redis, LIMITS),
        SecretStr(KEY),
    )
    return [
        asked.request_deliveries,
        asked.give_up_parcel,
        parcels.hold_parcel,
        parcels.send_parcel,
    ]


async def _furnish(grounds: Grounds, organization: TestOrganization) -> None:
    room = Endpoint(name="room", channel=Channel.DISCORD, address=f"{grounds.room.origin}/room")
    async with grounds.sessions.begin() as session:
        await Endpoints(session, organization.id).put(room, Keyring([KEY]))
        for event_type in (TRIAGED, FAILED):
            route = Route(event_type=event_type, channel=Channel.DISCORD)
            await Routes(session, organization.id).put(route)
