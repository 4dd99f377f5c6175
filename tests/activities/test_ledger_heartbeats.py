"""An activity lives while its events are written, however slow Postgres is."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any
from uuid import UUID

from temporalio import activity
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import ActivityEnvironment
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput

from activities.interceptor import LedgerInterceptor
from contracts.ledger import JOURNAL_HEADER, Batch

BATCH = Batch(organization_id=UUID(int=1), orchestration_id=UUID(int=2), events=())


class SlowWriter:
    """Has written once it was heard of."""

    def __init__(self) -> None:
        self.heard = asyncio.Event()

    @asynccontextmanager
    async def written(self, batch: Batch) -> AsyncIterator[None]:
        await self.heard.wait()
        yield


class Effect(ActivityInboundInterceptor):
    def __init__(self) -> None:
        pass

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        return "done"


async def test_it_tells_of_itself_and_of_what_the_try_before_has_told() -> None:
    writer, told = SlowWriter(), []
    environment = ActivityEnvironment()
    environment.payload_converter = pydantic_data_converter.payload_converter
    environment.info = replace(environment.info, attempt=2, heartbeat_details=["used"])

    def hear(*details: object) -> None:
        told.append(details)
        writer.heard.set()

    environment.on_heartbeat = hear

    async def work() -> Any:
        headers = {JOURNAL_HEADER: activity.payload_converter().to_payload(BATCH)}
        interceptor = LedgerInterceptor(writer).intercept_activity(Effect())
        return await interceptor.execute_activity(
            ExecuteActivityInput(fn=work, args=(), executor=None, headers=headers)
        )

    async with asyncio.timeout(20):
        assert await environment.run(work) == "done"
    assert told == [("used",)]
