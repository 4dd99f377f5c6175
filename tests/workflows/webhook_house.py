"""An office that webhooks come to: its worker knows ProcessWebhook, its people have accounts."""

import hashlib
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select, update
from temporalio.client import WorkflowHandle
from temporalio.worker import Worker
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner

from activities.approvals import NO_SEALS, Seals
from activities.command_desk import CommandDesk
from activities.commands import CommandActivities
from activities.development import DevelopmentActivities
from activities.interceptor import ErrorInterceptor
from activities.local_tracker import LocalTracker
from activities.ticket_edits import TicketEditActivities
from activities.triage_intake import TriageIntakeActivities
from activities.webhooks import WebhookActivities
from clients.hubspot import HubSpot
from clients.temporal.orchestrations import OrchestrationWorkflows
from clients.temporal.triage import TriageWorkflows
from contracts.commands import Account, IdentityProvider
from contracts.events import ApprovalRequested
from contracts.identity import Role
from contracts.issues import Tracker
from contracts.webhooks import (
    PROCESS_WEBHOOK,
    ReceivedDelivery,
    WebhookSource,
    WebhookStatus,
    WebhookWork,
)
from db.command_trials import CommandTrials
from db.identity import People
from db.models import Issue, Status
from db.models.webhooks import WebhookEndpoint, WebhookEvent
from db.seeds import seed
from db.user_identities import UserIdentities
from db.webhooks import Inbox
from policy.house_rules import HouseRules
from policy.redaction import Redaction
from policy.routing import route
from tests.workflows.office import MANAGER, REQUESTER, Office
from workflows.compare_webhook import CompareWebhook
from workflows.process_webhook import ProcessWebhook
from workflows.runner import PASSED_THROUGH

RITA, MAX, ROBOT, STRANGER = 7001, 7002, 7003, 7999
TOKEN = "opensesame-opensesame"
REDACTION = Redaction([TOKEN])
RULES = HouseRules(own_accounts=frozenset({f"github:{ROBOT}"}))


class Stumbling(Redaction):
    """Fails so often before it redacts: what routing a comment needs is not there."""

    def __init__(self, failures: int) -> None:
        super().__init__(())
        self._failures = failures

    def text(self, text: str) -> str:
        if self._failures:
            self._failures -= 1
            raise OSError("away")
        return super().text(text)


@dataclass
class WebhookHouse:
    office: Office
    organization_id: UUID
    endpoint_id: UUID
    task_queue: str = field(default_factory=lambda: f"webhooks-{uuid4().hex[:12]}")
    project_id: UUID | None = None
    """Whose endpoint it is, if it is not everybody's."""
    hubspot: HubSpot | None = None
    redaction: Redaction = REDACTION

    async def take_in(self, event: str, payload: object, delivery_id: str | None = None) -> UUID:
        """As the gateway does: the row, whose workflow is still to come."""
        async with self.office.stores.sessions.begin() as session:
            (kept,) = await Inbox(session).put([self.received(event, payload, delivery_id)])
        return kept.id

    def received(
        self, event: str, payload: object, delivery_id: str | None = None
    ) -> ReceivedDelivery:
        body = json.dumps(payload).encode()
        return ReceivedDelivery(
            endpoint_id=self.endpoint_id,
            organization_id=self.organization_id,
            organization=self.office.slug,
            project_id=self.project_id,
            source=WebhookSource.GITHUB,
            delivery_id=delivery_id or str(uuid4()),
            event_type=event,
            received_at=datetime.now(UTC),
            payload_hash=hashlib.sha256(body).hexdigest(),
            raw=zlib.compress(body),
        )

    async def process(self, work: WebhookWork) -> WebhookStatus:
        handle = await self.begin(work)
        return WebhookStatus(await handle.result())

    async def begin(self, work: WebhookWork) -> WorkflowHandle[Any, WebhookStatus]:
        return await self.office.client.start_workflow(
            PROCESS_WEBHOOK,
            work,
            id=f"webhook-{uuid4()}",
            task_queue=self.task_queue,
            result_type=WebhookStatus,
        )

    async def deliver(self, event: str, payload: object, id: str | None = None) -> WebhookEvent:
        """The row, once it is processed."""
        row = await self.take_in(event, payload, id)
        await self.process(WebhookWork(row=row))
        return await self.row(row)

    async def asked(self) -> str:
        """The commit that the open gate asks about."""
        await self.office.awaited()
        *_, asked = await self.office.facts(ApprovalRequested)
        return str(asked.subject["commit"])

    async def replay(self, id: UUID) -> WebhookEvent:
        async with self.office.stores.sessions.begin() as session:
            again = update(WebhookEvent).where(WebhookEvent.id == id)
            await session.execute(again.values(status=WebhookStatus.RECEIVED))
        await self.process(WebhookWork(row=id, replay=1))
        return await self.row(id)

    async def leave_intent(
        self, id: UUID, key: str, by: str, plan: Mapping[str, str] | None = None
    ) -> str:
        """As a worker does that dies right after the effect that follows: what the command's
        effects are known by."""
        async with self.office.stores.sessions() as session:
            routed = route(await Inbox(session).load(id), RULES)
        (command,) = routed.commands
        plan = plan or {"since": datetime.now(UTC).isoformat()}
        async with self.office.stores.sessions.begin() as session:
            await CommandTrials(session).begin(command, by, key, plan)
        return command.once

    async def vouch(self, github_id: int, email: str) -> None:
        account = Account(provider=IdentityProvider.GITHUB, external_id=str(github_id))
        async with self.office.stores.sessions.begin() as session:
            user_id = await People(session, self.organization_id).ensure(
                email, email, Role.DEVELOPER
            )
            await UserIdentities(session, self.organization_id).vouch(account, user_id)

    async def row(self, id: UUID) -> WebhookEvent:
        async with self.office.stores.sessions() as session:
            return await session.get_one(WebhookEvent, id)

    async def status_of(self, key: str) -> str | None:
        async with self.office.stores.sessions() as session:
            statement = select(Status.name).join(Issue, Issue.status_id == Status.id)
            return await session.scalar(
                statement.where(Issue.key == key, Issue.organization_id == self.organization_id)
            )

    def worker(self, tracker: Tracker | None = None, seals: Seals = NO_SEALS) -> Worker:
        sessions, client = self.office.stores.sessions, self.office.client
        tracker = tracker or LocalTracker(sessions, REDACTION)

        def work(organization: str) -> OrchestrationWorkflows:
            return OrchestrationWorkflows(client, organization, self.office.task_queue)

        desk = CommandDesk(sessions)
        people = CommandActivities(desk, tracker, work, seals)
        edits = TicketEditActivities(desk, sessions, tracker, work)
        development = DevelopmentActivities(sessions, tracker)
        webhooks = WebhookActivities(sessions, RULES, self.redaction)
        triages = TriageWorkflows(client, self.task_queue)
        intake = TriageIntakeActivities(sessions, triages, REDACTION, self.hubspot)
        return Worker(
            client,
            task_queue=self.task_queue,
            workflows=[ProcessWebhook, CompareWebhook],
            activities=[
                people.start_work,
                people.decide_gate,
                people.guide_work,
                people.give_answer,
                people.cancel_work,
                edits.edit_ticket,
                development.link_development,
                development.keep_evidence,
                development.follow_pull_request,
                webhooks.route_delivery,
                webhooks.settle_delivery,
                webhooks.compare_delivery,
                intake.start_triage,
            ],
            interceptors=[ErrorInterceptor()],
            workflow_runner=SandboxedWorkflowRunner(PASSED_THROUGH),
        )


async def found_webhook_house(office: Office) -> WebhookHouse:
    """Rita and Max have accounts at GitHub."""
    sessions = office.stores.sessions
    organization_id = await seed(sessions, office.slug)
    endpoint = WebhookEndpoint(
        id=uuid4(),
        organization_id=organization_id,
        source=WebhookSource.GITHUB,
        path=f"/webhooks/{uuid4().hex}",
    )
    async with sessions.begin() as session:
        session.add(endpoint)
    house = WebhookHouse(office, organization_id, endpoint.id)
    await house.vouch(RITA, REQUESTER)
    await house.vouch(MAX, MANAGER)
    return house
