"""Sets of runs: many at once, or one after the other; of the product and of the references."""

import asyncio
import time

from bench.reference import TASK_QUEUE, BareSix, SixAndSix
from bench.stage import Stage
from contracts.jira_work import WorkOrder
from db.ids import new_id

REQUESTER = "bench@example.com"


async def begin(stage: Stage, key: str, playbook: str) -> None:
    order = WorkOrder(issue_key=key, requested_by=REQUESTER, playbook=playbook)
    await stage.orchestrations.start(order, "Totals are rounded twice")


class Product:
    name = "product"

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    async def names(self, number: int) -> list[str]:
        return await self._stage.stores.tickets(number)

    async def run(self, key: str) -> None:
        await begin(self._stage, key, "six")
        await self._stage.orchestrations.handle(key).result()


class Reference:
    def __init__(self, stage: Stage, kind: type[BareSix] | type[SixAndSix]) -> None:
        self._client, self._kind = stage.client, kind
        self.name = "A" if kind is BareSix else "B"

    async def names(self, number: int) -> list[str]:
        return [f"{self.name}-{new_id()}" for _ in range(number)]

    async def run(self, name: str) -> None:
        await self._client.execute_workflow(self._kind.run, name, id=name, task_queue=TASK_QUEUE)


Contender = Product | Reference


def contenders(stage: Stage) -> list[Contender]:
    return [Product(stage), Reference(stage, BareSix), Reference(stage, SixAndSix)]


async def at_once(contender: Contender, number: int) -> float:
    """Runs per second."""
    names = await contender.names(number)
    began = time.perf_counter()
    await asyncio.gather(*map(contender.run, names))
    return number / (time.perf_counter() - began)


async def one_by_one(contender: Contender, number: int) -> list[float]:
    """Seconds of each run."""
    took = []
    for name in await contender.names(number):
        began = time.perf_counter()
        await contender.run(name)
        took.append(time.perf_counter() - began)
    return took
