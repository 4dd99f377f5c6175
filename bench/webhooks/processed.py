"""A burst of deliveries, from the first request to the last outcome, against a bare workflow."""

import asyncio
import json
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import uuid4

import asyncpg

from bench import processes
from bench.costs import commands_sent
from bench.figures import Figure, median
from bench.plan import Plan
from bench.stage import Stage, Stores, open_stage
from bench.webhooks.by_hand import TASK_QUEUE, BareOne, Told
from bench.webhooks.gateway import open_entrance
from bench.webhooks.sender import large, push, requests, send
from cli.schedules import ensure_schedules
from contracts.identity import DEFAULT_ORGANIZATION
from contracts.jira_work import TASK_QUEUE as PRODUCTS_QUEUE
from stack.ports import free_port

CONNECTIONS, WARM_UP, AT_ONCE = 30, 30, 32
PATIENCE = 600
OPEN = "SELECT count(*) FROM webhook_events WHERE status = 'RECEIVED'"
IN_VAIN = "SELECT count(*) FROM webhook_events WHERE status = 'FAILED'"
KEPT = "SELECT count(*) FROM processed"


@dataclass
class Measured:
    """`rates` by contender, per second; `times` of the answers while all of it is at work;
    `commands` that Redis was sent for each delivery."""

    rates: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    times: list[float] = field(default_factory=list)
    commands: list[float] = field(default_factory=list)


async def processed(stores: Stores, plan: Plan) -> list[Figure]:
    """Raises RuntimeError when a delivery ended as a dead letter."""
    await open_entrance(stores.sessions, DEFAULT_ORGANIZATION)
    measured = Measured()
    for turn in range(plan.turns):
        async with open_stage(stores) as stage, _at_work(stage) as port:
            contenders = [_ignored, _linked, _by_hand]
            for contender in contenders[turn % 3 :] + contenders[: turn % 3]:
                await contender(stage, port, WARM_UP, Measured())
                await contender(stage, port, plan.burst, measured)
    if await stores.ask(IN_VAIN):
        raise RuntimeError("deliveries were processed in vain")
    return _figures(measured)


@asynccontextmanager
async def _at_work(stage: Stage) -> AsyncIterator[int]:
    # A sweep starts what a busy server did not let the relay start.
    await ensure_schedules(stage.client, PRODUCTS_QUEUE)
    port, hand = free_port(), (stage.addresses.temporal, stage.stores.reference_url)
    gateway = ("bench.webhooks.gateway", str(port), stage.addresses.model_dump_json())
    async with (
        stage.product(),
        processes.running(*gateway),
        processes.running("bench.webhooks.by_hand", *hand),
    ):
        yield port


async def _ignored(stage: Stage, port: int, number: int, measured: Measured) -> None:
    await _ours("ignored", stage, port, requests(large(), number), measured)


async def _linked(stage: Stage, port: int, number: int, measured: Measured) -> None:
    """Each to a ticket of its own, by a push that names it."""
    posts = [requests(push(key), 1)[0] for key in await stage.stores.tickets(number)]
    await _ours("linked", stage, port, posts, measured)


async def _ours(
    name: str, stage: Stage, port: int, posts: Sequence[bytes], measured: Measured
) -> None:
    before = await commands_sent(stage.stores.redis_url)
    began = time.perf_counter()
    sent = await send(port, posts, CONNECTIONS)
    await stage.stores.until(f"({OPEN}) = 0", PATIENCE)
    measured.rates[name].append(len(posts) / (time.perf_counter() - began))
    measured.times += sent.times
    commands = await commands_sent(stage.stores.redis_url) - before
    measured.commands.append(commands / len(posts))


async def _by_hand(stage: Stage, _: int, number: int, measured: Measured) -> None:
    post, turns = large(), asyncio.Semaphore(AT_ONCE)
    payload = json.dumps(post.payload)
    reference = await asyncpg.connect(stage.stores.reference_url)  # type: ignore[no-untyped-call] # asyncpg's
    before = await reference.fetchval(KEPT)
    began = time.perf_counter()

    async def start() -> None:
        told = Told(id=str(uuid4()), event=post.event, payload=payload)
        async with turns:
            await stage.client.start_workflow(BareOne.run, told, id=told.id, task_queue=TASK_QUEUE)

    await asyncio.gather(*(start() for _ in range(number)))
    await _kept(reference, before + number)
    measured.rates["by hand"].append(number / (time.perf_counter() - began))
    await reference.close()


async def _kept(reference: asyncpg.Connection, number: int) -> None:
    async with asyncio.timeout(PATIENCE):
        while True:
            if await reference.fetchval(KEPT) >= number:  # type: ignore[no-untyped-call] # asyncpg's
                return
            await asyncio.sleep(0.02)


def _figures(measured: Measured) -> list[Figure]:
    rates, figures = measured.rates, []
    names = {"ignored": "which concern nobody", "linked": "that name a ticket"}
    for name, which in names.items():
        ratios = [one / other for one, other in zip(rates[name], rates["by hand"], strict=True)]
        figures += [
            median(f"webhooks processed in a burst, {which}", rates[name], "/s"),
            median(f"webhooks processed, {which} / by hand", ratios, at_least=0.85),
        ]
    milliseconds = sorted(1000 * one for one in measured.times)
    return [
        *figures,
        median("webhooks processed by hand: start + insert", rates["by hand"], "/s"),
        median("Redis commands per webhook", measured.commands, at_most=3),
        Figure(
            name="webhook accepted while bursts are processed, p99",
            value=milliseconds[round(0.99 * len(milliseconds)) - 1],
            unit="ms",
            at_most=500,
            low=milliseconds[0],
            high=milliseconds[-1],
        ),
    ]
