"""Composition root of the worker: builds the pools, hands them to the activities, runs."""

import asyncio
import gc
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from redis.asyncio import Redis
from temporalio.client import Client
from temporalio.worker import (
    PollerBehaviorAutoscaling,
    ResourceBasedSlotConfig,
    Worker,
    WorkerTuner,
)
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from activities.agents import AgentActivities, Workshop
from activities.approvals import ApprovalActivities
from activities.interceptor import ErrorInterceptor, LedgerInterceptor
from activities.ledger import LedgerActivities, LedgerWriter
from activities.local_tracker import LocalTracker
from activities.opening import OpeningActivities
from activities.repositories import RepositoryActivities
from cache.bus import Bus
from cache.connection import open_redis
from clients.command_agent import CommandAgentRunner
from clients.playbooks import PlaybookFolder
from clients.repositories import Repositories
from clients.run_folders import sweep
from clients.temporal import connect_with_patience
from clients.test_runner import BuiltinRunner
from clients.workshop import GitWorkshop
from db.engine import Sessions, open_sessions
from db.maintenance import pending, upgrade
from errors import PermanentError, SchemaBehindError
from settings import Settings
from stack.addresses import Addresses
from stack.given import servers
from web.health import Probes, serving
from workflows.jira_work import JiraWork
from workflows.riding import RidingInterceptor

HERE = Path(__file__).parent
PATIENCE = timedelta(minutes=2)
SLOW = timedelta(milliseconds=500)
# Else each run imports the workflow's module anew, and keeps a copy of it as long as it is cached.
PASSED_THROUGH = SandboxRestrictions.default.with_passthrough_modules("workflows")
Activities = Sequence[Callable[..., Any]]


@dataclass(frozen=True)
class Stores:
    sessions: Sessions
    redis: Redis


@asynccontextmanager
async def open_stores(settings: Settings, addresses: Addresses) -> AsyncIterator[Stores]:
    async with (
        open_sessions(
            addresses.database_url,
            pool_min=settings.database_pool_min,
            pool_max=settings.database_pool_max,
            application_name="slipway-worker",
            slow=None if settings.production else SLOW,
        ) as sessions,
        open_redis(addresses.redis_url) as redis,
    ):
        yield Stores(sessions, redis)


def build_workshop(state_dir: Path) -> GitWorkshop:
    repositories = Repositories(state_dir, os.environ)
    scratch = state_dir / "runs"
    return GitWorkshop(
        repositories,
        CommandAgentRunner(os.environ, scratch),
        BuiltinRunner(os.environ, scratch),
    )


def build_activities(stores: Stores, state_dir: Path, workshop: Workshop) -> Activities:
    repositories = Repositories(state_dir, os.environ)
    playbooks = PlaybookFolder(HERE / "playbooks", HERE / "examples")
    tracker = LocalTracker(stores.sessions)
    opening = OpeningActivities(stores.sessions, tracker, repositories, playbooks)
    return [
        opening.open_orchestration,
        AgentActivities(stores.sessions, workshop).run_agent,
        ApprovalActivities(stores.sessions).authorise,
        RepositoryActivities(repositories).branch_tip,
        LedgerActivities().append_events,
    ]


def build_tuner() -> WorkerTuner:
    """Resources decide on what is beyond the minimum, and slowly: 20 more slots a second. A burst
    of short activities must not wait for that."""
    return WorkerTuner.create_resource_based(
        target_memory_usage=0.85,
        target_cpu_usage=0.95,
        workflow_config=ResourceBasedSlotConfig(minimum_slots=50),
        activity_config=ResourceBasedSlotConfig(minimum_slots=50),
    )


def build_worker(
    client: Client, settings: Settings, stores: Stores, activities: Activities
) -> Worker:
    writer = LedgerWriter(stores.sessions, Bus(stores.redis))
    return Worker(
        client,
        task_queue=settings.slipway_task_queue,
        workflows=[JiraWork],
        activities=activities,
        interceptors=[RidingInterceptor(), ErrorInterceptor(), LedgerInterceptor(writer)],
        tuner=build_tuner(),
        workflow_runner=SandboxedWorkflowRunner(PASSED_THROUGH),
        workflow_task_poller_behavior=PollerBehaviorAutoscaling(),
        activity_task_poller_behavior=PollerBehaviorAutoscaling(),
        # A dead worker's sticky queue holds its workflows up for this long.
        sticky_queue_schedule_to_start_timeout=timedelta(seconds=2),
        max_heartbeat_throttle_interval=timedelta(seconds=2),
        default_heartbeat_throttle_interval=timedelta(seconds=2),
        graceful_shutdown_timeout=settings.graceful_shutdown_timeout,
    )


async def serve(settings: Settings, addresses: Addresses) -> None:
    """Works until a signal or a fatal error; raises what made it unable to work."""
    stop = asyncio.Event()
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(signal_number, stop.set)
    starting = asyncio.create_task(prepare(settings, addresses))
    client = await _unless(stop, starting)
    if client is None:
        return
    async with open_stores(settings, addresses) as stores:
        workshop = build_workshop(settings.state_dir)
        await workshop.sweep()
        await sweep(settings.state_dir / "runs")
        activities = build_activities(stores, settings.state_dir, workshop)
        worker = build_worker(client, settings, stores, activities)
        probes = Probes(client, stores.sessions, stores.redis)
        async with serving(probes, settings.port):
            await _work(worker, stop)


async def _unless(stop: asyncio.Event, starting: asyncio.Task[Client]) -> Client | None:
    """None when a signal came first: who waits for servers that are away can be stopped."""
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait((starting, stopping), return_when=asyncio.FIRST_COMPLETED)
    if starting.done():
        stopping.cancel()
        return starting.result()
    starting.cancel()
    await asyncio.wait((starting,))
    return None


async def prepare(settings: Settings, addresses: Addresses) -> Client:
    """On one's own machine the schema follows the code; elsewhere a deployment brings it."""
    if not settings.production:
        await upgrade(addresses.database_url)
    elif await pending(addresses.database_url):
        raise SchemaBehindError("the database is behind this code: run `python -m db migrate`")
    return await connect_with_patience(addresses.temporal, PATIENCE)


def spare_the_collector() -> None:
    """What was loaded by now stays: the garbage collector need not look at it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


async def _work(worker: Worker, stop: asyncio.Event) -> None:
    spare_the_collector()
    working, stopping = asyncio.create_task(worker.run()), asyncio.create_task(stop.wait())
    print("worker: ready", flush=True)
    await asyncio.wait((working, stopping), return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if not working.done():
        print("worker: finishing what it has begun", flush=True)
        await worker.shutdown()
    await working


def main() -> int:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    try:
        settings = Settings()
        with servers(settings, lambda line: print(f"worker: {line}", flush=True)) as addresses:
            if addresses.ui is not None:
                print(f"worker: Temporal Web UI at {addresses.ui}", flush=True)
            asyncio.run(serve(settings, addresses))
    except PermanentError as error:
        print(f"worker: {error}", file=sys.stderr)
        return 2
    except (OSError, RuntimeError) as error:
        print(f"worker: cannot work any longer: {error}", file=sys.stderr)
        return 4
    return 0


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    # The interpreter's own end sometimes crashes inside the SDK; all is closed by now.
    os._exit(code)
