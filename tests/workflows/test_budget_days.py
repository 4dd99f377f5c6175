"""An organization's day ends at midnight in UTC, and what waited for it goes on by itself."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from pydantic import BaseModel
from temporalio import activity, workflow
from temporalio.client import WorkflowHandle, WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from contracts.budgets import HoldersQuestion, RaiseAuthority, RaiseQuestion
from tests.workflows.gate_house import RUNNER
from tests.workflows.office import until
from tests.workflows.sla_house import time_skipping

with workflow.unsafe.imports_passed_through():
    from contracts.budgets import Bound, Budget, Caps, Measure, RaiseBudget, Scope
    from contracts.gates import AskedBy
    from contracts.issues import Ticket
    from contracts.ledger import ChainedEvent, JournalState
    from contracts.opening import Opened
    from contracts.orchestrations import Opening
    from contracts.phases import Phase
    from contracts.playbooks import CommandAgent, Playbook, PlaybookPhase
    from policy.phases import Step
    from workflows.budget_desk import BudgetDesk
    from workflows.budgets import Budgets
    from workflows.journal import Journal
    from workflows.progress import Progress

BY = AskedBy(
    organization="acme", orchestration_id=UUID(int=2), issue_key="KEY-1", requester="rita@x.test"
)
DAY = timedelta(days=1)


class Seen(BaseModel, frozen=True):
    facts: tuple[ChainedEvent, ...]
    ended_at: datetime | None


@workflow.defn
class BudgetHouse:
    """Comes to the end of the organization's day, and goes on once it may."""

    @workflow.init
    def __init__(self) -> None:
        self.journal = Journal(workflow.info().workflow_id, workflow.now, JournalState())
        self.journal.open(UUID(int=1), UUID(int=2))
        progress = Progress()
        progress.open(opened(), workflow.now())
        self.desk = BudgetDesk(progress, self.journal, lambda: BY, self._show)
        self._budgets = Budgets(progress, self.desk)
        self._ended_at: datetime | None = None

    @workflow.run
    async def run(self) -> Seen:
        agent = CommandAgent(kind="command", name="coder", command=("code",))
        await self._budgets.again(day_used_up(), agent, Step(Phase.CODE))
        self._ended_at = workflow.now()
        await workflow.wait_condition(workflow.all_handlers_finished)
        return self.seen()

    @workflow.update
    async def raise_budget(self, said: RaiseBudget) -> str:
        return await self.desk.raise_budget(said)

    @workflow.query
    def seen(self) -> Seen:
        return Seen(facts=self.journal.state().pending, ended_at=self._ended_at)

    async def _show(self) -> None:
        """There is nobody to see it."""


def day_used_up() -> Bound:
    return Bound(
        scope=Scope.ORGANIZATION,
        measure=Measure.TOKENS,
        limit=Decimal(100),
        spent=Decimal(130),
    )


def opened() -> Opened:
    phases = (PlaybookPhase(phase=Phase.CODE),)
    opening = Opening(
        orchestration_id=UUID(int=2),
        organization_id=UUID(int=1),
        project_id=UUID(int=3),
        repo_url="/repo",
        attempt=1,
        branch="b",
        base_commit="0" * 40,
        ticket=Ticket(key="KEY-1", title="Round"),
        ticket_hash="f" * 64,
        playbook=Playbook(name="p", phases=phases, budget=Budget(orchestration=Caps(tokens=900))),
    )
    return Opened(opening=opening, planned=(), first=Phase.CODE)


class Holders:
    """Stands in for Postgres: everybody may."""

    @activity.defn
    async def name_holders(self, question: HoldersQuestion) -> list[str]:
        return ["ann@x.test"]

    @activity.defn
    async def authorise_raise(self, question: RaiseQuestion) -> RaiseAuthority:
        if question.objection is None:
            return RaiseAuthority()
        return RaiseAuthority(refusal=question.objection.refusal, reason="no")


@pytest.fixture(scope="module")
async def skipping() -> AsyncIterator[WorkflowEnvironment]:
    async with time_skipping() as environment:
        yield environment


@pytest.fixture
async def handle(skipping: WorkflowEnvironment) -> AsyncIterator[WorkflowHandle[Any, Seen]]:
    queue, holders = f"budgets-{uuid4()}", Holders()
    activities: list[Callable[..., Any]] = [holders.name_holders, holders.authorise_raise]
    async with Worker(
        skipping.client,
        task_queue=queue,
        workflows=[BudgetHouse],
        activities=activities,
        workflow_runner=RUNNER,
    ):
        handle = await skipping.client.start_workflow(
            "BudgetHouse", id=queue, task_queue=queue, result_type=Seen
        )

        async def asks() -> bool:
            return bool((await seen(handle)).facts)

        await until(asks)
        yield handle


async def seen(handle: WorkflowHandle[Any, Seen]) -> Seen:
    found: Seen = await handle.query("seen", result_type=Seen)
    return found


async def test_what_nobody_raised_goes_on_with_the_new_day(
    handle: WorkflowHandle[Any, Seen],
) -> None:
    over = await handle.result()
    exceeded, raised = over.facts
    assert [one.event.type for one in over.facts] == ["BudgetExceeded", "BudgetRaised"]
    asked_at = exceeded.timestamp.astimezone(UTC)
    midnight = asked_at.replace(hour=0, minute=0, second=0, microsecond=0) + DAY
    assert timedelta() <= raised.timestamp - midnight < timedelta(minutes=1)
    assert (raised.actor.id, getattr(raised.event, "tokens", None)) == ("slipway", 0)


async def test_what_was_raised_goes_on_the_same_day(handle: WorkflowHandle[Any, Seen]) -> None:
    little = RaiseBudget(by="ann@x.test", comment="a little", tokens=30)
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await handle.execute_update("raise_budget", little)
    assert isinstance(refused.value.cause, ApplicationError)
    assert refused.value.cause.type == "TOO_LITTLE"
    enough = RaiseBudget(by="ann@x.test", comment="the release is near", tokens=31)
    assert await handle.execute_update("raise_budget", enough) == "raised; it goes on"
    over = await handle.result()
    assert over.ended_at is not None
    assert over.ended_at - over.facts[0].timestamp < timedelta(hours=1)
    assert [one.actor.id for one in over.facts] == ["slipway", "ann@x.test"]
