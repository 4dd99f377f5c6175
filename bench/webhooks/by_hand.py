"""What somebody would write by hand: a workflow for each delivery, with one activity that inserts.

`python -m bench.webhooks.by_hand TEMPORAL DATABASE_URL`.
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

TASK_QUEUE = "by-hand"
TABLE = """CREATE TABLE IF NOT EXISTS processed (
    delivery_id text PRIMARY KEY, event text NOT NULL, payload jsonb NOT NULL,
    processed_at timestamptz NOT NULL DEFAULT now())"""
INSERT = """INSERT INTO processed (delivery_id, event, payload) VALUES ($1, $2, $3)
    ON CONFLICT DO NOTHING"""


class Told(BaseModel):
    id: str
    event: str
    payload: str


class Keeping:
    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    @activity.defn
    async def keep(self, told: Told) -> None:
        await self._pool.execute(INSERT, told.id, told.event, told.payload)


@workflow.defn
class BareOne:
    @workflow.run
    async def run(self, told: Told) -> None:
        await workflow.execute_activity_method(
            Keeping.keep, told, start_to_close_timeout=timedelta(seconds=30)
        )


async def main(temporal: str, database_url: str) -> None:
    pool = asyncpg.create_pool(database_url, min_size=2, max_size=20)  # type: ignore[no-untyped-call] # asyncpg's
    async with pool:
        await pool.execute(TABLE)
        client = await Client.connect(temporal, data_converter=pydantic_data_converter)
        await serve(
            Worker(
                client,
                task_queue=TASK_QUEUE,
                workflows=[BareOne],
                activities=[Keeping(pool).keep],
                max_concurrent_workflow_tasks=200,
                max_concurrent_activities=200,
                workflow_task_poller_behavior=PollerBehaviorAutoscaling(),
                activity_task_poller_behavior=PollerBehaviorAutoscaling(),
            )
        )


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
    os._exit(0)
