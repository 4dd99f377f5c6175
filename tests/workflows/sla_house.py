"""A workflow with nothing but service-level clocks, on a server that skips time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from pydantic import BaseModel
from temporalio import workflow
from temporalio.api.testservice.v1 import LockTimeSkippingRequest, UnlockTimeSkippingRequest
from temporalio.client import WorkflowHandle
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from activities.sla import SlaActivities
from tests.workflows.office import until
from tests.workflows.skipped_time import RUNNER

with workflow.unsafe.imports_passed_through():
    from contracts.ledger import ChainedEvent, JournalState
    from contracts.phases import Phase
    from contracts.sla import Acknowledgement, SlaDefinition, SlaKind, SlaPause
    from contracts.sla_clocks import SlaDue, SlaState
    from policy.sla_clocks import details, due
    from workflows.journal import Journal
    from workflows.sla_clock import SlaClocks

MOMENT = timedelta(milliseconds=200)


class Plan(BaseModel, frozen=True):
    definitions: tuple[SlaDefinition, ...] = ()
    journal: JournalState = JournalState()
    state: SlaState | None = None


class Happening(BaseModel, frozen=True):
    """`what` is a method of the board."""

    what: str
    pause: SlaPause | None = None
    phase: Phase | None = None


class Seen(BaseModel, frozen=True):
    """Of the workflow, from outside. `moments` is when each happening was heard."""

    facts: tuple[ChainedEvent, ...]
    due: SlaDue | None
    details: tuple[str, ...]
    moments: tuple[datetime, ...]
    flushed: int


@workflow.defn
class SlaHouse:
    @workflow.init
    def __init__(self, plan: Plan) -> None:
        self.journal = Journal(workflow.info().workflow_id, workflow.now, plan.journal)
        self.journal.open(UUID(int=1), UUID(int=2))
        self._state = plan.state or SlaState()
        self._clocks = SlaClocks(self._state, self.journal, self._tell, self._flush)
        if plan.state is None:
            self._clocks.board.start(plan.definitions)
        self._moments = [workflow.now()]
        self._details: list[str] = []
        self._flushed, self._end = 0, ""

    @workflow.run
    async def run(self, plan: Plan) -> Seen:
        self._watch = asyncio.create_task(self._clocks.watch())
        await workflow.wait_condition(lambda: bool(self._end))
        if self._end == "continue":
            journal, state = self.journal.state(), self._state
            workflow.continue_as_new(plan.model_copy(update={"journal": journal, "state": state}))
        await self._clocks.end()
        return self.seen()

    @workflow.signal
    async def happen(self, one: Happening) -> None:
        self._moments.append(workflow.now())
        if one.what in ("continue", "finish"):
            self._end = one.what
        elif one.pause is not None:
            getattr(self._clocks.board, one.what)(one.pause, one.phase)
        else:
            getattr(self._clocks.board, one.what)(one.phase)

    @workflow.update
    async def acknowledge(self, acknowledgement: Acknowledgement) -> str:
        return await self._clocks.acknowledge(acknowledgement)

    @acknowledge.validator
    def _check(self, acknowledgement: Acknowledgement) -> None:
        self._clocks.check(acknowledgement)

    @workflow.query
    def seen(self) -> Seen:
        return Seen(
            facts=self.journal.state().pending,
            due=due(self._state),
            details=tuple(self._details),
            moments=tuple(self._moments),
            flushed=self._flushed,
        )

    def _tell(self) -> None:
        self._details = details(self._state)

    async def _flush(self) -> None:
        self._flushed += 1


@dataclass(frozen=True)
class House:
    environment: WorkflowEnvironment
    queue: str

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        worker = Worker(
            self.environment.client,
            task_queue=self.queue,
            workflows=[SlaHouse],
            activities=[SlaActivities().reckon_clocks],
            workflow_runner=RUNNER,
            # Each task replays all before it. And this server leaves what was meant for the
            # cache of a worker that is gone to nobody else.
            max_cached_workflows=0,
        )
        async with worker:
            yield

    async def open(self, *definitions: SlaDefinition) -> "Ticket":
        handle: WorkflowHandle[Any, Seen] = await self.environment.client.start_workflow(
            "SlaHouse",
            Plan(definitions=definitions),
            id=f"house-{uuid4()}",
            task_queue=self.queue,
            result_type=Seen,
        )
        return Ticket(self, handle)


@dataclass(frozen=True)
class Ticket:
    house: House
    handle: WorkflowHandle[Any, Seen]

    async def happen(
        self, what: str, phase: Phase | None = None, pause: SlaPause | None = None
    ) -> None:
        await self.handle.signal("happen", Happening(what=what, phase=phase, pause=pause))

    async def passes(self, duration: timedelta) -> None:
        await self.house.environment.sleep(duration)

    async def passes_unseen(self, duration: timedelta) -> None:
        """The server stops its time for a workflow task that waits for a worker: for once it
        must not. There has to be such a task."""
        service = self.house.environment.client.test_service
        await service.unlock_time_skipping(UnlockTimeSkippingRequest())
        await self.passes(duration)
        await service.lock_time_skipping(LockTimeSkippingRequest())

    async def reaches(self, instant: datetime) -> None:
        """Up to the instant, of which the last moments take their time, worker or none."""
        environment = self.house.environment
        await self.passes(instant - await environment.get_current_time() - MOMENT)

        async def there() -> bool:
            return await environment.get_current_time() > instant + MOMENT

        await until(there)

    async def seen(self) -> Seen:
        seen: Seen = await self.handle.query("seen", result_type=Seen)
        return seen

    async def due_at(self) -> datetime:
        """Once the clocks are reckoned. The server's time does not move meanwhile."""

        async def due() -> SlaDue | None:
            return (await self.seen()).due

        found: SlaDue = await until(due)
        return found.at

    async def finish(self) -> Seen:
        await self.happen("finish")
        return await self.handle.result()


def definition(name: str, clock: SlaKind, target: timedelta, **rest: Any) -> SlaDefinition:
    terms = {"id": uuid4(), "name": name, "clock": clock, "target": target, **rest}
    return SlaDefinition.model_validate(terms)
