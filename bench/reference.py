"""What somebody would write by hand: bare temporalio and asyncpg. `python -m bench.reference`.

BareSix is a workflow of six activities that each write three rows in one transaction;
SixAndSix has an activity for the work of each phase, and another one that writes.
"""

import asyncio
import os
import sys
from datetime import timedelta

from temporalio import activity, workflow
from temporalio.worker import PollerBehaviorAutoscaling, Worker

with workflow.unsafe.imports_passed_through():
    import asyncpg
    from pydantic import BaseModel
    from temporalio.client import Client
    from temporalio.contrib.pydantic import pydantic_data_converter

    from bench.serving import serve

TASK_QUEUE = "reference"
PHASES = ("PLAN", "CODE", "TEST", "FIX", "TEST", "DOCUMENT")
TABLE = """CREATE TABLE IF NOT EXISTS notes (
    id bigserial PRIMARY KEY, work text NOT NULL, phase text NOT NULL, kind text NOT NULL,
    payload jsonb NOT NULL, at timestamptz NOT NULL DEFAULT now())"""
INSERT = "INSERT INTO notes (work, phase, kind, payload) VALUES ($1, $2, $3, $4)"
ONCE = timedelta(seconds=30)


class Phase(BaseModel):
    work: str
    name: str


class Done(BaseModel):
    summary: str


class Activities:
    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    @activity.defn
    async def work_and_write(self, phase: Phase) -> Done:
        await self._write(phase)
        return Done(summary=f"{phase.name} is done")

    @activity.defn
    async def work(self, phase: Phase) -> Done:
        return Done(summary=f"{phase.name} is done")

    @activity.defn
    async def write(self, phase: Phase) -> None:
        await self._write(phase)

    async def _write(self, phase: Phase) -> None:
        kinds = ("started", "worked", "completed")
        rows = [(phase.work, phase.name, kind, '{"summary": "done"}') for kind in kinds]
        # asyncpg has no types.
        async with self._pool.acquire() as one, one.transaction():  # type: ignore[no-untyped-call]
            await one.executemany(INSERT, rows)


@workflow.defn
class BareSix:
    @workflow.run
    async def run(self, work: str) -> str:
        for name in PHASES:
            phase = Phase(work=work, name=name)
            await workflow.execute_activity_method(
                Activities.work_and_write, phase, start_to_close_timeout=ONCE
            )
        return "done"


@workflow.defn
class SixAndSix:
    @workflow.run
    async def run(self, work: str) -> str:
        for name in PHASES:
            phase = Phase(work=work, name=name)
            await workflow.execute_activity_method(
                Activities.work, phase, start_to_close_timeout=ONCE
            )
            await workflow.execute_activity_method(
                Activities.write, phase, start_to_close_timeout=ONCE
            )
        return "done"


async def main(temporal: str, database_url: str) -> None:
    pool = asyncpg.create_pool(database_url, min_size=2, max_size=20)  # type: ignore[no-untyped-call] # asyncpg's
    async with pool:
        await pool.execute(TABLE)
        client = await Client.connect(temporal, data_converter=pydantic_data_converter)
        mine = Activities(pool)
        worker = Worker(
            client,
            task_queue=TASK_QUEUE,
            workflows=[BareSix, SixAndSix],
            activities=[mine.work_and_write, mine.work, mine.write],
            max_concurrent_workflow_tasks=200,
            max_concurrent_activities=200,
            workflow_task_poller_behavior=PollerBehaviorAutoscaling(),
            activity_task_poller_behavior=PollerBehaviorAutoscaling(),
        )
        await serve(worker)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
    os._exit(0)
