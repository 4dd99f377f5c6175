"""How quickly deliveries are taken in, against a receiver written by hand."""

import statistics
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bench import processes
from bench.figures import Figure, median
from bench.plan import Plan
from bench.stage import Stores
from bench.webhooks.gateway import open_entrance
from bench.webhooks.sender import large, requests, send
from contracts.identity import DEFAULT_ORGANIZATION
from stack.addresses import Addresses
from stack.ports import free_port

CONNECTIONS, WARM_UP = 30, 300
NOWHERE = "127.0.0.1:1"


async def accepted(stores: Stores, plan: Plan) -> list[Figure]:
    """Temporal is away: else its server, which starts the workflows meanwhile, would take the
    processor from both, and from the product alone."""
    await open_entrance(stores.sessions, DEFAULT_ORGANIZATION)
    rates, alone = defaultdict[str, list[float]](list), list[float]()
    async with _receivers(stores) as ports:
        for port in ports.values():
            await send(port, requests(large(), WARM_UP), CONNECTIONS)
        for turn in range(plan.turns):
            for name in sorted(ports, reverse=bool(turn % 2)):
                posts = requests(large(), plan.deliveries)
                rates[name].append((await send(ports[name], posts, CONNECTIONS)).rate)
            posts = requests(large(), plan.alone)
            alone += (await send(ports["product"], posts, 1)).times
    # Nobody has started their workflows, and nobody will.
    await stores.postgres.execute("DELETE FROM webhook_events")
    return _figures(rates, alone)


@asynccontextmanager
async def _receivers(stores: Stores) -> AsyncIterator[dict[str, int]]:
    there = Addresses(
        temporal=NOWHERE, database_url=stores.database_url, redis_url=stores.redis_url, ui=None
    )
    ours, bare = free_port(), free_port()
    gateway = ("bench.webhooks.gateway", str(ours), there.model_dump_json())
    by_hand = ("bench.webhooks.bare", str(bare), stores.reference_url)
    async with processes.running(*gateway), processes.running(*by_hand):
        yield {"product": ours, "bare": bare}


def _figures(rates: dict[str, list[float]], alone: list[float]) -> list[Figure]:
    ratios = [one / other for one, other in zip(rates["product"], rates["bare"], strict=True)]
    milliseconds = [1000 * one for one in alone]
    return [
        median("webhooks accepted: product", rates["product"], "/s"),
        median("webhooks accepted: Starlette + HMAC + insert", rates["bare"], "/s"),
        median("webhooks accepted: product / by hand", ratios, at_least=1.0),
        Figure(
            name="webhook accepted at one connection, p50",
            value=statistics.median(milliseconds),
            unit="ms",
            at_most=15,
            low=min(milliseconds),
            high=max(milliseconds),
        ),
    ]
