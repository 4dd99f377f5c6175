"""A ticket whose run does nothing but listen: what it hears twice, was done twice."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from temporalio import workflow
from temporalio.client import Client, WorkflowHandle
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from contracts.commands import Account, IdentityProvider
from contracts.identity import Role
from contracts.issues import Ticket
from contracts.jira_work import Guidance, workflow_id
from contracts.webhooks import WebhookSource
from db.engine import Sessions
from db.identity import People
from db.issues import Issues
from db.projects import Projects
from db.user_identities import UserIdentities
from tests.conftest import TestOrganization
from tests.web.gate import SECRET, open_endpoint

KEY, RITA = "KEY-1", 7001


@workflow.defn
class Listens:
    @workflow.init
    def __init__(self) -> None:
        self._heard: dict[str, str] = {}

    @workflow.run
    async def run(self) -> None:
        await workflow.wait_condition(lambda: False)

    @workflow.signal
    def guide(self, guidance: Guidance) -> None:
        """Known again by what its sender calls it, as JiraWork does (Progress.hears)."""
        self._heard.setdefault(guidance.once, guidance.text)

    @workflow.query
    def heard(self) -> list[str]:
        return list(self._heard.values())


@dataclass(frozen=True)
class Listener:
    """`path` is the endpoint whose comments guide the ticket, by Rita, who may."""

    path: str
    organization: TestOrganization
    handle: WorkflowHandle[Any, None]

    async def heard(self) -> list[str]:
        return sorted(await self.handle.query(Listens.heard))


@asynccontextmanager
async def listening(
    temporal: Client, sessions: Sessions, organization: TestOrganization
) -> AsyncIterator[Listener]:
    path = await open_endpoint(sessions, organization, WebhookSource.GITHUB, SECRET)
    await _settle(sessions, organization)
    queue = f"listening-{uuid4().hex[:8]}"
    async with Worker(
        temporal,
        task_queue=queue,
        workflows=[Listens],
        workflow_runner=UnsandboxedWorkflowRunner(),
    ):
        handle = await temporal.start_workflow(
            Listens.run, id=workflow_id(organization.slug, KEY), task_queue=queue
        )
        yield Listener(path, organization, handle)
        await handle.terminate()


async def _settle(sessions: Sessions, organization: TestOrganization) -> None:
    async with sessions.begin() as session:
        project = await Projects(session, organization.id).create("KEY", f"/{organization.slug}")
        ticket = Ticket(key=KEY, title="Round half a cent up")
        await Issues(session, organization.slug).create(project.id, ticket, None)
        rita = await People(session, organization.id).ensure(
            "rita@example.org", "Rita", Role.DEVELOPER
        )
        account = Account(provider=IdentityProvider.GITHUB, external_id=str(RITA))
        await UserIdentities(session, organization.id).vouch(account, rita)
