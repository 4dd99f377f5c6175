"""What one run costs the stores and the servers, counted where it is spent."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from temporalio.api.enums.v1 import EventType

from bench.figures import Figure
from bench.sets import Product, at_once
from bench.stage import Stage, Stores, open_stage
from cache.connection import open_redis

FEW, MORE, TOGETHER = 10, 60, 10
# Each of these is billed as an action. Heartbeats are, too, but agents that last less than a
# second send none.
ACTIONS = {
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED,
    EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED,
    EventType.EVENT_TYPE_TIMER_STARTED,
    EventType.EVENT_TYPE_MARKER_RECORDED,
    EventType.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES,
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED,
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED,
}


@dataclass
class Spent:
    transactions: float = 0
    commands: float = 0


async def costs(stores: Stores) -> list[Figure]:
    """The difference between many runs and few, so that what a worker does at its start, and
    each connection at its own, does not count."""
    few, more = Spent(), Spent()
    async with open_stage(stores) as stage:
        for number, spent in ((FEW, few), (MORE, more)):
            async with _counting(stores, spent):
                key = await _work(stage, number)
        figures = await _history(stage, key)
    runs = MORE - FEW
    return [
        Figure(
            name="Postgres transactions per run",
            value=(more.transactions - few.transactions) / runs,
            at_most=20,
        ),
        Figure(
            name="Redis commands per run",
            value=(more.commands - few.commands) / runs,
            at_most=20,
        ),
        *figures,
    ]


async def _work(stage: Stage, number: int) -> str:
    product = Product(stage)
    async with stage.product():
        for _ in range(number // TOGETHER):
            await at_once(product, TOGETHER)
        key = (await product.names(1))[0]
        await product.run(key)
    return key


@asynccontextmanager
async def _counting(stores: Stores, spent: Spent) -> AsyncIterator[None]:
    """Sessions tell what they counted when they end, which the worker's have by then."""
    before = await _transactions(stores), await commands_sent(stores.redis_url)
    yield
    spent.transactions = await _transactions(stores) - before[0]
    spent.commands = await commands_sent(stores.redis_url) - before[1]


async def _transactions(stores: Stores) -> int:
    statement = (
        "SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = "
        "current_database()"
    )
    living = "SELECT FROM pg_stat_activity WHERE application_name = 'slipway-worker'"
    await stores.until(f"NOT EXISTS ({living})")
    return await stores.ask(statement)


async def commands_sent(redis_url: str) -> int:
    """By clients, since the server began."""
    async with open_redis(redis_url) as redis:
        said: dict[str, Any] = await redis.info("commandstats")
    # What a script does inside is counted beside it, and not billed.
    ours = ("cmdstat_evalsha", "cmdstat_eval", "cmdstat_ping", "cmdstat_hgetall", "cmdstat_unlink")
    return sum(said[name]["calls"] for name in ours if name in said)


async def _history(stage: Stage, key: str) -> list[Figure]:
    handle = stage.orchestrations.handle(key)
    described = (await handle.describe()).raw_description.workflow_execution_info
    kinds = Counter(event.event_type for event in (await handle.fetch_history()).events)
    actions = sum(number for kind, number in kinds.items() if kind in ACTIONS)
    return [
        Figure(name="Temporal actions per run", value=actions, at_most=25),
        Figure(name="history events per run", value=described.history_length, at_most=90),
        Figure(name="history size per run", value=described.history_size_bytes, unit="bytes"),
    ]
