"""A gateway whose servers can be shut off, and a worker that settles what comes through it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta

from redis.asyncio import Redis
from sqlalchemy import func, update
from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.service import RPCError
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from activities.interceptor import ErrorInterceptor
from activities.webhook_sweep import WebhookSweepActivities
from activities.webhooks import WebhookActivities
from clients.temporal.webhooks import WebhookWorkflows
from contracts.webhooks import PROCESS_WEBHOOK, WebhookStatus, WebhookWork
from db.engine import Sessions, open_sessions
from db.models import WebhookEvent
from db.webhooks import Inbox
from policy.house_rules import HouseRules
from policy.redaction import Redaction
from settings import Settings
from stack.addresses import Addresses
from tests.conftest import PATIENT, TestOrganization
from tests.faults.proxies import Proxy, proxy_to, proxy_to_postgres, through
from tests.web.gate import Entry, at_work, ground_of, settings_with
from workflows.compare_webhook import CompareWebhook
from workflows.sweeps import SweepWebhooks


@dataclass(frozen=True)
class Shaky:
    """A gateway whose servers can be shut off."""

    entry: Entry
    settings: Settings
    postgres: Proxy
    temporal: Proxy


@asynccontextmanager
async def shaky_gateway(
    there: Addresses, redis: Redis, entry: Entry, patience: timedelta = PATIENT
) -> AsyncIterator[Shaky]:
    """`entry` is still without an address."""
    chosen = settings_with(graceful_shutdown_timeout=timedelta(seconds=1))
    host, port = there.temporal.split(":")
    async with (
        proxy_to_postgres(there.database_url) as postgres,
        proxy_to(host, int(port)) as temporal,
        open_sessions(through(postgres, there.database_url)) as sessions,
    ):
        ground = await ground_of(chosen, sessions, redis, f"127.0.0.1:{temporal.port}")
        async with at_work(replace(ground, patience=patience)) as at:
            yield Shaky(replace(entry, url=at), chosen, postgres, temporal)


async def exists(temporal: Client, workflow_id: str) -> bool:
    try:
        await temporal.get_workflow_handle(workflow_id).describe()
    except RPCError:
        return False
    return True


@workflow.defn(name=PROCESS_WEBHOOK)
class Settles:
    """Stands in for the workflow: settles what it is given."""

    @workflow.run
    async def run(self, work: WebhookWork) -> None:
        await workflow.execute_activity_method(
            Settling.settle, work, start_to_close_timeout=timedelta(seconds=10)
        )


class Settling:
    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    @activity.defn
    async def settle(self, work: WebhookWork) -> None:
        async with self._sessions.begin() as session:
            inbox = Inbox(session)
            if work.received is not None:
                (kept,) = await inbox.put([work.received])
                await inbox.settle(kept.id, WebhookStatus.PROCESSED)
            elif work.row is not None:
                await inbox.settle(work.row, WebhookStatus.PROCESSED)


@asynccontextmanager
async def worker(temporal: Client, sessions: Sessions, queue: str) -> AsyncIterator[None]:
    sweep = WebhookSweepActivities(sessions, WebhookWorkflows(temporal, queue))
    webhooks = WebhookActivities(sessions, HouseRules(), Redaction(()))
    async with Worker(
        temporal,
        task_queue=queue,
        workflows=[Settles, SweepWebhooks, CompareWebhook],
        activities=[
            Settling(sessions).settle,
            sweep.sweep_webhooks,
            webhooks.compare_delivery,
        ],
        interceptors=[ErrorInterceptor()],
        workflow_runner=UnsandboxedWorkflowRunner(),
    ):
        yield


async def swept(temporal: Client, queue: str) -> int:
    count: int = await temporal.execute_workflow(
        SweepWebhooks.run, id=f"sweep-{queue}", task_queue=queue
    )
    return count


async def end_leases(sessions: Sessions, organization: TestOrganization) -> None:
    """As if their time had passed."""
    async with sessions.begin() as session:
        mine = update(WebhookEvent).where(WebhookEvent.organization_id == organization.id)
        await session.execute(mine.values(lease_until=func.now() - timedelta(seconds=1)))
