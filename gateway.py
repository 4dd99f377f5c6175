"""The gateway's entry: takes webhooks in until a signal, and ends in good order."""

import loading

if __name__ == "__main__":
    loading.begin("gateway", __doc__)

import asyncio
import logging
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from redis.asyncio import Redis
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from temporalio.client import Client
from temporalio.runtime import Runtime
from temporalio.service import RPCError

from cache.connection import demand_login, open_redis
from cache.keys import NOBODY, Keys
from cache.limits import Limits
from cli.postgres_verdicts import of_postgres
from cli.schedules import ensure_schedules
from clients.temporal.connection import connect_lazily, demand_namespace
from clients.temporal.webhooks import WebhookWorkflows
from db.encryption import Keyring
from db.engine import Sessions, at_most, open_sessions
from db.maintenance import upgrade
from db.pool import Pool
from entry import MISCONFIGURED, exit_code, leave, spare_the_collector
from logs import set_up_logs
from policy.limits import limits_with
from policy.redaction import Redaction
from reception import approval_routes, slack_routes
from settings import Settings, secrets
from stack.addresses import Addresses
from stack.given import servers
from variables import temporal_variables, unheeded_variables
from web.callers import Callers
from web.entrances import Entrances
from web.health import Probes, health_routes
from web.keeping import PATIENCE, Keeper
from web.measures import KIND, Measures
from web.metrics import open_runtime
from web.relay import Relay
from web.server import served
from web.webhooks import Webhooks

PORT = 8000
# Beyond the time for requests; what is not started by then, the sweep starts.
LAST_STARTS = timedelta(seconds=5)
ASKED_FOR = timedelta(seconds=3)
REFUSED = "until it does, deliveries are answered 503"
WAITING = "until it does, deliveries wait in Postgres"
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class GatewayGround:
    """What the gateway stands on; `patience` is with Postgres, for a delivery."""

    settings: Settings
    sessions: Sessions
    redis: Redis
    client: Client
    relay: Relay
    patience: timedelta = PATIENCE


async def serve(settings: Settings, addresses: Addresses) -> None:
    stop = asyncio.Event()
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(signal_number, stop.set)
    if settings.database_url is None:
        await upgrade(addresses.database_url)
    async with open_ground(settings, addresses) as ground:
        await asyncio.gather(ask_postgres(ground), ask_temporal(ground), demand_login(ground.redis))
        if settings.temporal_address is None:
            await _schedule(ground.client, settings.slipway_task_queue)
        app = build_app(ground, stop)
        port = settings.port if settings.port is not None else PORT
        patience, proxies = settings.graceful_shutdown_timeout, settings.forwarded_allow_ips
        async with served(app, port, patience, proxies):
            spare_the_collector()
            print(f"gateway: ready on port {port}", flush=True)
            await stop.wait()
            print("gateway: finishing what it has accepted", flush=True)


async def ask_postgres(ground: GatewayGround) -> None:
    """A server that is away comes back by itself. A login that it refuses is a person's to mend,
    and ends the gateway at its start, before it takes anything in: it has not read its endpoints
    then, so it could check no signature, and keep nothing in Temporal either. Where one gateway is
    to replace another, the old one goes on. Raises what Postgres said."""
    try:
        async with at_most(ASKED_FOR):
            await Probes(ground.client, ground.sessions, ground.redis).postgres()
    except Exception as error:
        found = of_postgres(error)
        if found is not None and found[0] == MISCONFIGURED:
            raise
        log.warning("gateway: Postgres does not answer yet (%s); %s", type(error).__name__, REFUSED)


async def ask_temporal(ground: GatewayGround) -> None:
    """As above. Raises UnknownNamespaceError."""
    try:
        async with asyncio.timeout(ASKED_FOR.total_seconds()):
            await demand_namespace(ground.client)
    except (RuntimeError, TimeoutError) as error:
        log.warning("gateway: Temporal does not answer yet (%s); %s", type(error).__name__, WAITING)


async def _schedule(client: Client, task_queue: str) -> None:
    """On one's own machine nobody runs `starter.py setup`: without a schedule nothing would ever
    start what was left, and nothing be forgotten."""
    try:
        await ensure_schedules(client, task_queue)
    except (RPCError, RuntimeError) as error:
        log.warning("gateway: no schedules are made: %s", type(error).__name__)


@asynccontextmanager
async def open_ground(settings: Settings, addresses: Addresses) -> AsyncIterator[GatewayGround]:
    """Needs no server to be there; the relay starts what is left before the pools close."""
    async with (
        open_sessions(
            addresses.database_url,
            Pool("slipway-gateway", settings.database_pool_min, settings.database_pool_max),
        ) as sessions,
        open_redis(addresses.redis_url) as redis,
    ):
        client = await connect_lazily(addresses.temporal, temporal_variables())
        relay = Relay(WebhookWorkflows(client, settings.slipway_task_queue))
        relay.open()
        try:
            yield GatewayGround(settings, sessions, redis, client, relay)
        finally:
            await relay.close(min(settings.graceful_shutdown_timeout, LAST_STARTS))


def build_app(ground: GatewayGround, stop: asyncio.Event) -> Starlette:
    settings = ground.settings
    workflows = WebhookWorkflows(ground.client, settings.slipway_task_queue)
    keeper = Keeper(ground.sessions, workflows, ground.relay, ground.patience)
    keys = settings.slipway_encryption_keys
    limits = Limits(ground.redis, Keys(NOBODY))
    measures = _measures(ground.relay, keeper, limits)
    webhooks = Webhooks(
        entrances=Entrances(ground.sessions, Keyring.parsed(keys) if keys else None),
        callers=Callers(limits, limits_with(settings.slipway_limits)["webhooks"]),
        keeper=keeper,
        measures=measures,
        production=settings.production,
    )
    probes = Probes(ground.client, ground.sessions, ground.redis, stop)
    metrics = Route("/metrics", _metrics(measures))
    people = [
        *approval_routes(settings, ground.sessions, limits, ground.client),
        *slack_routes(settings, ground.sessions, webhooks, workflows),
    ]
    return Starlette(
        routes=[*webhooks.routes(), *people, *health_routes(probes.readiness), metrics]
    )


def _measures(relay: Relay, keeper: Keeper, limits: Limits) -> Measures:
    return Measures(
        gauges={"relay_backlog": lambda: relay.backlog},
        totals={
            "workflows_started_total": lambda: relay.started,
            "left_to_the_sweep_total": lambda: relay.left,
            "kept_without_postgres_total": lambda: keeper.by_workflow,
            "conflicts_total": lambda: keeper.conflicts,
            "decided_without_redis_total": limits.outages.total,
        },
    )


def _metrics(measures: Measures) -> Callable[[Request], Awaitable[Response]]:
    async def metrics(_: Request) -> Response:
        return Response(measures.text(), media_type=KIND)

    return metrics


def run() -> None:
    settings = Settings()
    set_up_logs(settings.log_level, Redaction(secrets()).text)
    for line in unheeded_variables():
        log.warning(line)
    Runtime.set_default(open_runtime(None))
    with servers(settings, lambda line: print(f"gateway: {line}", flush=True)) as addresses:
        settings.demand_keys("slipway_decision_key", "slipway_encryption_keys")
        if settings.slipway_encryption_keys:  # Else it would first ask servers that may be away.
            Keyring.parsed(settings.slipway_encryption_keys)
        asyncio.run(serve(settings, addresses))


if __name__ == "__main__":
    leave(exit_code("gateway", run))
