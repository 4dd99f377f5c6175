"""Orchestrations that wait at a gate: their memory, and how soon an approval is acted upon."""

import asyncio
import time

from bench.figures import Figure, median
from bench.plan import Plan
from bench.processes import Process
from bench.sets import Product, at_once, begin
from bench.stage import APPROVER, Stage, Stores, open_stage
from contracts.approvals import Decision, DecisionKind

PENDING = "SELECT count(*) FROM approvals WHERE status = 'PENDING'"


async def waiting(stores: Stores, plan: Plan) -> list[Figure]:
    async with open_stage(stores) as stage, stage.product() as process:
        await at_once(Product(stage), plan.warm_up)
        keys = await stores.tickets(plan.waiting)
        memory = await _memory(stage, process, keys)
        took = [await _approve(stage, key) for key in keys[: plan.approvals]]
    return [
        Figure(
            name=f"memory per waiting orchestration, over {plan.waiting}",
            value=memory,
            unit="kB",
            at_most=600,
        ),
        median("approval to the next agent's start", took, "ms", at_most=50),
    ]


async def _memory(stage: Stage, process: Process, keys: list[str]) -> float | None:
    before = process.memory()
    for start in range(0, len(keys), 50):
        await asyncio.gather(*(begin(stage, key, "gated") for key in keys[start : start + 50]))
    await stage.stores.until(f"({PENDING}) = {len(keys)}")
    after = process.memory()
    return None if before is None or after is None else (after - before) / 1000 / len(keys)


async def _approve(stage: Stage, key: str) -> float:
    """Milliseconds from before the update is sent until the agent behind the gate starts."""
    decision = Decision(decision=DecisionKind.APPROVE, by=APPROVER)
    sent = time.time()
    await stage.orchestrations.update(key, "decide", decision)
    await stage.orchestrations.handle(key).result()
    began = min(one.at for one in stage.stores.starts() if one.key == key)
    return 1000 * (began - sent)
