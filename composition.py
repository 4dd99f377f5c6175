"""What a worker is built of: pools, clients, activities. worker.py runs it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from pkgutil import resolve_name
from typing import Any

from temporalio.client import Client
from temporalio.worker import (
    FixedSizeSlotSupplier,
    PollerBehaviorAutoscaling,
    ResourceBasedSlotConfig,
    ResourceBasedSlotSupplier,
    ResourceBasedTunerConfig,
    Worker,
    WorkerTuner,
)

from activities.agents import AgentActivities, Workshop
from activities.approvals import ApprovalActivities, Seals
from activities.budgets import BudgetActivities
from activities.conclusions import ConclusionActivities
from activities.credentials import CredentialsAtWork
from activities.default_branches import DefaultBranches
from activities.guarded_workshop import GuardedWorkshop
from activities.interceptor import ErrorInterceptor, LedgerInterceptor
from activities.language_models import LanguageModels, Model
from activities.ledger import LedgerActivities, LedgerWriter
from activities.local_tracker import LocalTracker
from activities.log_context import LogContextInterceptor
from activities.metrics import MetricsInterceptor
from activities.opening import OpeningActivities
from activities.playbooks import Playbooks
from activities.predecessors import Predecessors
from activities.repositories import RepositoryActivities
from activities.risk import RiskActivities
from activities.shared import SharedByAll
from activities.sla import SlaActivities
from activities.tickets import Tickets
from activities.upkeep import UpkeepInterceptor
from cache.bus import Bus
from cache.connection import open_redis
from clients.agent_identity import identity_as_set
from clients.builtin_agents import BuiltinAgents
from clients.command_agent import CommandAgentRunner
from clients.git.repositories import Repositories
from clients.llm_agent import LlmAgentRunner
from clients.playbooks import PlaybookFolder
from clients.report_spool import ReportSpool
from clients.run_folders import sweep
from clients.test_runner import BuiltinRunner
from clients.workshop import GitWorkshop
from db.credentials import StoredCredentials
from db.engine import open_sessions
from db.pool import Pool
from ground import Ground, Stores
from language_models import model_sites
from policy.limits import limits_with
from policy.redaction import Redaction
from services import UPKEEP, build_services
from settings import ENV_FILE, Settings, environment, secrets
from stack.addresses import Addresses
from tidying import Chore
from workflows.jira_work import JiraWork
from workflows.riding import RidingInterceptor
from workflows.runner import PASSED_THROUGH, ContextFreeRunner

SLOW = timedelta(milliseconds=500)
Activities = Sequence[Callable[..., Any]]


@asynccontextmanager
async def open_ground(settings: Settings, addresses: Addresses) -> AsyncIterator[Ground]:
    async with (
        _open_stores(settings, addresses) as stores,
        _open_models(settings) as models,
    ):
        yield await asyncio.to_thread(_ground, settings, stores, models)


@asynccontextmanager
async def _open_stores(settings: Settings, addresses: Addresses) -> AsyncIterator[Stores]:
    async with (
        open_sessions(
            addresses.database_url,
            Pool("slipway-worker", settings.database_pool_min, settings.database_pool_max),
            slow=None if settings.production else SLOW,
        ) as sessions,
        open_redis(addresses.redis_url) as redis,
    ):
        yield Stores(sessions, redis)


@asynccontextmanager
async def _open_models(settings: Settings) -> AsyncIterator[Sequence[Model]]:
    """What asks them takes half a second to load: that is spared where none is set."""
    sites = model_sites(settings)
    if not sites:
        yield ()
        return
    async with resolve_name("clients.llm.providers:open_providers")(sites) as models:
        yield models


def _ground(settings: Settings, stores: Stores, models: Sequence[Model]) -> Ground:
    """Blocks for some tenths of a second: how far agents can be kept apart is tried out."""
    organization, keys = settings.slipway_organization, settings.slipway_encryption_keys
    credentials = CredentialsAtWork(
        lambda slug: StoredCredentials(stores.sessions, slug, keys), organization
    )
    identity = identity_as_set(settings.slipway_agent_isolation, settings.state_dir, ENV_FILE)
    shared = SharedByAll(stores.redis, limits_with(settings.slipway_limits))
    return Ground(
        stores=stores,
        repositories=Repositories(settings.state_dir, environment(), credentials=credentials),
        redaction=Redaction(secrets()),
        identity=identity,
        shared=shared,
        scratch=settings.state_dir / "runs",
        models=LanguageModels(models, shared),
        seals=Seals.of(settings.slipway_decision_key, settings.production),
    )


def build_workshop(ground: Ground) -> GitWorkshop:
    scratch, identity = ground.scratch, ground.identity
    return GitWorkshop(
        ground.repositories,
        CommandAgentRunner(environment(), scratch, identity=identity),
        BuiltinAgents(BuiltinRunner(environment(), scratch, identity=identity)),
        ground.redaction,
        models=LlmAgentRunner(ground.models),
    )


def build_activities(ground: Ground, workshop: Workshop, playbooks: PlaybookFolder) -> Activities:
    stores = ground.stores
    tracker = LocalTracker(stores.sessions, ground.redaction)
    approvals = ApprovalActivities(stores.sessions, ground.seals, tracker)
    budgets = BudgetActivities(stores.sessions, ground.seals)
    tickets = Tickets(stores.sessions, tracker)
    opening = OpeningActivities(
        Predecessors(stores.sessions, ground.shared),
        tickets,
        Playbooks(playbooks, ground.shared),
        DefaultBranches(ground.repositories, ground.shared),
    )
    guarded = GuardedWorkshop(workshop, ground.shared)
    spool = ReportSpool.opened(_reports(ground))
    return [
        opening.open_orchestration,
        AgentActivities(stores.sessions, guarded, spool).run_agent,
        approvals.authorise,
        approvals.authorise_delegation,
        approvals.authorise_answer,
        approvals.name_approvers,
        approvals.read_ticket,
        budgets.name_holders,
        budgets.authorise_raise,
        RiskActivities(ground.repositories).assess_risk,
        RepositoryActivities(ground.repositories).branch_tip,
        ConclusionActivities(tickets, ground.repositories, ground.shared).conclude,
        LedgerActivities().append_events,
        SlaActivities().reckon_clocks,
    ]


def build_chores(ground: Ground, workshop: GitWorkshop) -> Sequence[Chore]:
    """What keeps the disk in order. The quick ones first; each looks after what is there by then,
    also of other workers on this machine that have died."""
    return [
        workshop.sweep,
        partial(sweep, ground.scratch),
        partial(asyncio.to_thread, ReportSpool(_reports(ground)).sweep),
        ground.repositories.tidy,
    ]


def _reports(ground: Ground) -> Path:
    return ground.scratch.with_name("reports")


def build_tuner() -> WorkerTuner:
    """Resources decide on what is beyond the minimum, and slowly: 20 more slots a second. A burst
    of short activities must not wait for that. Local ones have a number of their own: given out
    by resources, they stopped for good in a burst of 1,000 deliveries, with every workflow task
    waiting for one (temporalio 1.35)."""
    resources = ResourceBasedTunerConfig(target_memory_usage=0.85, target_cpu_usage=0.95)
    by_resources = ResourceBasedSlotSupplier(ResourceBasedSlotConfig(minimum_slots=50), resources)
    return WorkerTuner.create_composite(
        workflow_supplier=by_resources,
        activity_supplier=by_resources,
        local_activity_supplier=FixedSizeSlotSupplier(100),
        nexus_supplier=FixedSizeSlotSupplier(1),
    )


def build_worker(
    client: Client, settings: Settings, ground: Ground, activities: Activities
) -> Worker:
    stores, services = ground.stores, build_services(client, settings, ground)
    writer = LedgerWriter(stores.sessions, Bus(stores.redis), services.announcer, ground.shared)
    return Worker(
        client,
        task_queue=settings.slipway_task_queue,
        workflows=[JiraWork, *services.workflows],
        activities=[*activities, *services.activities],
        interceptors=[
            LogContextInterceptor(),
            RidingInterceptor(),
            ErrorInterceptor(),
            UpkeepInterceptor(stores.redis, UPKEEP),
            LedgerInterceptor(writer),
            MetricsInterceptor(),
        ],
        tuner=build_tuner(),
        workflow_runner=ContextFreeRunner(PASSED_THROUGH),
        workflow_task_poller_behavior=PollerBehaviorAutoscaling(),
        activity_task_poller_behavior=PollerBehaviorAutoscaling(),
        # A dead worker's sticky queue holds its workflows up for this long.
        sticky_queue_schedule_to_start_timeout=timedelta(seconds=2),
        max_heartbeat_throttle_interval=timedelta(seconds=2),
        default_heartbeat_throttle_interval=timedelta(seconds=2),
        graceful_shutdown_timeout=settings.graceful_shutdown_timeout,
    )
