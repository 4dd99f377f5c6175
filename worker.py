"""The worker's entry: prepares, works until a signal or a fatal error, ends in good order."""

import loading

if __name__ == "__main__":
    loading.begin("worker", __doc__)

import asyncio
import logging
import signal
from datetime import timedelta
from pathlib import Path

from temporalio.client import Client
from temporalio.runtime import Runtime
from temporalio.worker import Worker

from cache.connection import demand_login
from clients.agent_identity import AgentIdentity, hide_from_agents
from clients.playbooks import PlaybookFolder
from clients.reach import hindrance
from clients.run_folders import sweep
from clients.temporal.connection import connect_with_patience, demand_namespace
from composition import (
    build_activities,
    build_chores,
    build_worker,
    build_workshop,
    open_ground,
)
from db.encryption import Keyring
from db.maintenance import pending, upgrade
from entry import UNFINISHED, exit_code, leave, spare_the_collector
from errors import SchemaBehindError
from logs import set_up_logs
from lookout import look_out
from policy.redaction import Redaction
from services import mail_server
from settings import Settings, environment, secrets
from stack.addresses import Addresses
from stack.embedded import demand_folder
from stack.given import servers
from tidying import tidying
from variables import temporal_variables, unheeded_variables
from web.health import Probes, serving
from web.metrics import open_runtime

HERE = Path(__file__).parent
PATIENCE = timedelta(minutes=2)
# Agents are killed after five seconds, and a deployment kills a worker after twenty.
ENDING = timedelta(seconds=18)
log = logging.getLogger(__name__)


async def serve(settings: Settings, addresses: Addresses) -> None:
    """Works until a signal or a fatal error; raises what made it unable to work."""
    stop = asyncio.Event()
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(signal_number, stop.set)
    starting = asyncio.create_task(prepare(settings, addresses))
    client = await _unless(stop, starting)
    if client is None:
        return
    async with open_ground(settings, addresses) as ground:
        await demand_login(ground.stores.redis)
        log.info("worker: %s", ground.identity.announcement)
        workshop = build_workshop(ground)
        await workshop.sweep()
        await sweep(ground.scratch)
        playbooks = PlaybookFolder(HERE / "playbooks", HERE / "examples")
        await asyncio.to_thread(warn_of_agents, playbooks, ground.identity)
        activities = build_activities(ground, workshop, playbooks)
        worker = build_worker(client, settings, ground, activities)
        probes = Probes(client, ground.stores.sessions, ground.stores.redis, stop)
        chores = build_chores(ground, workshop)
        async with serving(probes, settings.health_port), tidying(chores):
            await work(worker, stop, settings.graceful_shutdown_timeout + ENDING)


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
    behind = await pending(addresses.database_url)
    if behind and settings.production:
        raise SchemaBehindError("the database is behind this code: run `python -m db migrate`")
    if behind:
        log.info("worker: the database gets %d migrations", len(behind))
    if not settings.production:
        await upgrade(addresses.database_url)
    client = await connect_with_patience(addresses.temporal, PATIENCE, temporal_variables())
    await demand_namespace(client)
    return client


def warn_of_agents(playbooks: PlaybookFolder, identity: AgentIdentity) -> None:
    """Of those that are installed where agents do not get at them. Blocks."""
    for playbook, agent in playbooks.programs():
        if (why := hindrance(identity, agent.command, environment().get("PATH"))) is not None:
            log.warning("%s of playbook %s would fail: %s", agent.name, playbook, why)


async def work(worker: Worker, stop: asyncio.Event, patience: timedelta) -> None:
    """Until it is told to stop. What has not ended `patience` later is left behind with the whole
    process, and begins again elsewhere: the SDK's own end hangs at times."""
    spare_the_collector()
    working, stopping = asyncio.create_task(worker.run()), asyncio.create_task(stop.wait())
    looking_out = asyncio.create_task(look_out())
    print("worker: ready", flush=True)
    await asyncio.wait((working, stopping), return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    looking_out.cancel()
    if not working.done():
        print("worker: finishing what it has begun", flush=True)
        ending = asyncio.create_task(worker.shutdown())
        await asyncio.wait((working, ending), timeout=patience.total_seconds())
    if not working.done():
        log.error("worker: not all has ended in %s; leaves it to another worker", patience)
        leave(UNFINISHED)
    await working


def run() -> None:
    settings = Settings()
    set_up_logs(settings.log_level, Redaction(secrets()).text)
    for line in unheeded_variables():
        log.warning(line)
    hide_from_agents()
    Runtime.set_default(open_runtime(settings.metrics_address))
    with servers(settings, lambda line: print(f"worker: {line}", flush=True)) as addresses:
        settings.demand_keys("slipway_decision_key")
        # Else the first who needs one of them would find out.
        if settings.slipway_encryption_keys:
            Keyring.parsed(settings.slipway_encryption_keys)
        mail_server(settings)
        demand_folder(settings.state_dir)
        if addresses.ui is not None:
            print(f"worker: Temporal Web UI at {addresses.tickets}", flush=True)
        asyncio.run(serve(settings, addresses))


if __name__ == "__main__":
    leave(exit_code("worker", run))
