"""A workflow that comes to a limit and goes on once it may, on a server that skips time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from pydantic import BaseModel
from temporalio import activity, workflow
from temporalio.client import WorkflowHandle
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from contracts.budgets import HoldersQuestion, RaiseAuthority, RaiseQuestion
from contracts.identity import Role
from contracts.levels import Level
from policy.approvals import Member, Trust, seats_of
from policy.budget_raises import authority_to_raise
from tests.workflows.asking_house import Sight, Watched, opened
from tests.workflows.office import until
from tests.workflows.skipped_time import RUNNER

with workflow.unsafe.imports_passed_through():
    from contracts.budgets import Bound, Budget, Measure, RaiseBudget, Scope
    from contracts.gates import AskedBy
    from contracts.ledger import JournalState
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


class Seen(Sight, frozen=True):
    over: bool


class Limit(BaseModel, frozen=True):
    """What the workflow comes to."""

    bound: Bound
    budget: Budget = Budget()
    stays: bool = False


@workflow.defn
class BudgetHouse:
    """One that `stays` is there until it is told to leave."""

    @workflow.init
    def __init__(self, limit: Limit) -> None:
        self.journal = Journal(workflow.info().workflow_id, workflow.now, JournalState())
        self.journal.open(UUID(int=1), UUID(int=2))
        self._progress = Progress()
        phases = (PlaybookPhase(phase=Phase.CODE),)
        playbook = Playbook(name="p", phases=phases, budget=limit.budget)
        self._progress.open(opened(playbook), workflow.now())
        self.desk = BudgetDesk(self._progress, self.journal, lambda: BY, self._show)
        self._budgets = Budgets(self._progress, self.desk)
        self._over, self._left = False, not limit.stays

    @workflow.run
    async def run(self, limit: Limit) -> Seen:
        agent = CommandAgent(kind="command", name="coder", command=("code",))
        await self._budgets.again(limit.bound, agent, Step(Phase.CODE))
        self._over = True
        await workflow.wait_condition(lambda: self._left)
        await workflow.wait_condition(workflow.all_handlers_finished)
        return self.seen()

    @workflow.signal
    def leave(self) -> None:
        self._left = True

    @workflow.update
    async def raise_budget(self, said: RaiseBudget) -> str:
        return await self.desk.raise_budget(said)

    @workflow.query
    def seen(self) -> Seen:
        facts, awaited = self.journal.state().pending, self._progress.awaited
        return Seen(facts=facts, awaited=awaited, over=self._over)

    async def _show(self) -> None:
        """There is nobody to see it."""


def used_up(scope: Scope = Scope.ORCHESTRATION) -> Bound:
    return Bound(scope=scope, measure=Measure.TOKENS, limit=Decimal(100), spent=Decimal(130))


class Holders:
    """Stands in for Postgres: who there is."""

    def __init__(self) -> None:
        self.members: dict[str, Member] = {}
        self.asked = asyncio.Event()
        self.answers = asyncio.Event()
        self.answers.set()

    def add(self, name: str, role: Role) -> None:
        email = f"{name}@x.test"
        self.members[email] = Member(uuid4(), role, True, email)

    @activity.defn
    async def name_holders(self, question: HoldersQuestion) -> list[str]:
        self.asked.set()
        await self.answers.wait()
        level = Level(name="budget", approvers=question.ask)
        return [one.email for one in self.members.values() if seats_of(level, 0, one)]

    @activity.defn
    async def authorise_raise(self, question: RaiseQuestion) -> RaiseAuthority:
        return authority_to_raise(question, self.members.get(question.said.by), Trust())


@dataclass(frozen=True)
class House:
    environment: WorkflowEnvironment
    queue: str
    holders: Holders

    async def comes_to(self, limit: Limit) -> "Asked":
        handle: WorkflowHandle[Any, Seen] = await self.environment.client.start_workflow(
            "BudgetHouse", limit, id=f"house-{uuid4()}", task_queue=self.queue, result_type=Seen
        )
        asked = Asked(self.environment, handle, Seen)

        async def asks() -> bool:
            return bool((await asked.seen()).facts)

        await until(asks)
        return asked


class Asked(Watched[Seen]):
    async def says(self, name: str, **rest: Any) -> str:
        """What is answered, or the refusal."""
        said = RaiseBudget(by=f"{name}@x.test", comment="the release is near", **rest)
        return await self.tells("raise_budget", said)


@asynccontextmanager
async def house_with(environment: WorkflowEnvironment, holders: Holders) -> AsyncIterator[House]:
    queue = f"budgets-{uuid4()}"
    async with Worker(
        environment.client,
        task_queue=queue,
        workflows=[BudgetHouse],
        activities=[holders.name_holders, holders.authorise_raise],
        workflow_runner=RUNNER,
    ):
        yield House(environment, queue, holders)
