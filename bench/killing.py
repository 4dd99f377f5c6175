"""A worker is killed in the middle of everything: when does each run go on?"""

import asyncio
import time

from bench import processes
from bench.figures import Figure, p95
from bench.plan import Plan
from bench.sets import begin
from bench.stage import Stage, Stores, open_stage


async def killing(stores: Stores, plan: Plan) -> list[Figure]:
    keys = await stores.tickets(plan.killed)
    async with open_stage(stores) as stage:
        died = await _kill_in_mid_run(stage, keys)
        async with stage.product():
            results = (stage.orchestrations.handle(key).result() for key in keys)
            await asyncio.gather(*results)
    after = [one for one in stores.starts() if one.at > died]
    waits = [min(one.at for one in after if one.key == key) - died for key in keys]
    return [
        Figure(
            name="resume after SIGKILL, p95 (from the kill, with the new worker's start)",
            value=p95(waits),
            unit="s",
            at_most=5,
            low=min(waits),
            high=max(waits),
        )
    ]


async def _kill_in_mid_run(stage: Stage, keys: list[str]) -> float:
    """The runs begin at different times, so that the kill meets each at another point."""
    process = await processes.start(*stage.arguments)
    for key in keys:
        await begin(stage, key, "lasting")
        await asyncio.sleep(2 / len(keys))
    await process.kill()
    return time.time()
