"""A workflow with nothing but gates, on a server that skips time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4, uuid5

from pydantic import BaseModel
from temporalio import activity, workflow
from temporalio.client import WorkflowHandle
from temporalio.exceptions import ApplicationError
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from contracts.approvals import ApproversQuestion, Authority, AuthorityQuestion
from contracts.gates import TicketQuestion, TicketReading
from contracts.identity import Role
from contracts.issues import IssueType, Priority
from contracts.levels import Risk
from contracts.risk import RiskQuestion
from policy.approvals import Known, Member, authority_of, still_awaited
from tests.workflows.asking_house import AS_OPENED, Sight, Watched
from tests.workflows.office import until
from tests.workflows.skipped_time import RUNNER

with workflow.unsafe.imports_passed_through():
    from contracts.approvals import ApprovalStatus, Decision, DecisionKind
    from contracts.gates import AskedBy, GatesState, Guarded
    from contracts.jira_work import Awaited
    from contracts.ledger import JournalState
    from contracts.phases import Phase
    from contracts.playbooks import Gate
    from contracts.risk import Assessment
    from contracts.risk import RiskQuestion as Change
    from workflows.gates import Gates
    from workflows.journal import Journal

SPACE = UUID(int=3)
SUBJECT = {"plan": "round half a cent up", "ticket_hash": AS_OPENED}


class Seen(Sight, frozen=True):
    decision: Decision | None
    over: bool
    heard: int


@workflow.defn
class GateHouse:
    @workflow.init
    def __init__(self, gate: Gate) -> None:
        self.journal = Journal(workflow.info().workflow_id, workflow.now, JournalState())
        self.journal.open(UUID(int=1), UUID(int=2))
        self._gates = Gates(GatesState(), self.journal, self._show)
        self._awaited: Awaited | None = None
        self._decision: Decision | None = None
        self._over, self._go = False, False
        self._heard = 0

    @workflow.run
    async def run(self, gate: Gate) -> Seen:
        by = AskedBy(
            organization="acme",
            orchestration_id=UUID(int=2),
            issue_key="KEY-1",
            requester="rita@x.test",
        )
        change = Change(repo_url="/repo", start_commit="a", commit="b")
        work = Guarded(by=by, phase=Phase.PLAN, subject=SUBJECT, change=change)
        await workflow.wait_condition(lambda: self._go)
        self._decision = await self._gates.ask(gate, work)
        self._over, self._awaited = True, None
        await workflow.wait_condition(workflow.all_handlers_finished)
        return self.seen()

    @workflow.signal
    def open(self) -> None:
        self._go = True

    @workflow.signal
    def change(self, ticket_hash: str) -> None:
        self._gates.change_ticket(ticket_hash)

    @workflow.update
    async def decide(self, decision: Decision) -> ApprovalStatus:
        self._heard += 1
        return await self._gates.decide(decision)

    @decide.validator
    def _check(self, decision: Decision) -> None:
        self._gates.check(decision)

    @workflow.query
    def seen(self) -> Seen:
        return Seen(
            facts=self.journal.state().pending,
            awaited=self._awaited,
            decision=self._decision,
            over=self._over,
            heard=self._heard,
        )

    async def _show(self, awaited: Awaited | None) -> None:
        self._awaited = awaited or self._awaited


class People:
    """Stands in for Postgres: who there is, and who has delegated to whom."""

    def __init__(self) -> None:
        self.members: dict[str, Member] = {}
        self.lent: dict[str, tuple[str, ...]] = {}
        self.risk = Risk.LOW
        self.ticket: TicketReading | None = TicketReading(
            ticket_hash=AS_OPENED, type=IssueType.TASK, priority=Priority.MEDIUM
        )
        self.named: list[ApproversQuestion] = []
        self.refused: list[str] = []
        self.tries: list[str | None] = []
        self.pause: asyncio.Event | None = None
        self.slow_to_name: asyncio.Event | None = None
        self.asked = asyncio.Event()

    def add(self, name: str, role: Role, *teams: tuple[str, str]) -> None:
        email = f"{name}@x.test"
        self.members[email] = Member(uuid5(SPACE, email), role, True, email, teams)

    @activity.defn
    async def authorise(self, question: AuthorityQuestion) -> Authority:
        await self._turn()
        self.tries.append(question.once)
        by = question.decision.by
        requester = self.members.get(question.requester)
        known = Known(
            member=self.members.get(by),
            principals=tuple(self.members[one] for one in self.lent.get(by, ())),
            requesters=frozenset({requester.user_id} if requester else ()),
        )
        authority = authority_of(question, known)
        if authority.refusal is not None:
            self.refused.append(authority.refusal)
        return authority

    @activity.defn
    async def name_approvers(self, question: ApproversQuestion) -> list[str]:
        self.named.append(question)
        await self._turn()
        if self.slow_to_name is not None:
            await self.slow_to_name.wait()
        return [one.email for one in still_awaited(question, self.members.values())]

    async def _turn(self) -> None:
        self.asked.set()
        if self.pause is not None:
            await self.pause.wait()

    @activity.defn
    async def read_ticket(self, question: TicketQuestion) -> TicketReading | None:
        """A server that is away for good, where there is none."""
        reading = self.ticket
        await self._turn()
        if reading is None:
            raise ApplicationError("nobody can say", non_retryable=True)
        return reading

    @activity.defn
    async def assess_risk(self, question: RiskQuestion) -> Assessment:
        return Assessment(risk=self.risk, clean=self.risk is Risk.LOW)


@dataclass(frozen=True)
class House:
    environment: WorkflowEnvironment
    people: People = field(default_factory=People)
    queue: str = field(default_factory=lambda: f"gates-{uuid4()}")
    workflow: type = GateHouse

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        worker = Worker(
            self.environment.client,
            task_queue=self.queue,
            workflows=[self.workflow],
            activities=[
                self.people.authorise,
                self.people.name_approvers,
                self.people.assess_risk,
                self.people.read_ticket,
            ],
            workflow_runner=RUNNER,
        )
        async with worker:
            yield

    async def start(self, asked: BaseModel) -> "Asked":
        handle: WorkflowHandle[Any, Seen] = await self.environment.client.start_workflow(
            self.workflow.__name__,
            asked,
            id=f"gate-{uuid4()}",
            task_queue=self.queue,
            result_type=Seen,
        )
        return Asked(self.environment, handle, Seen)

    async def ask(self, gate: Gate) -> "Asked":
        asked = await self.start(gate)
        await asked.handle.signal("open")

        async def is_open() -> bool:
            seen = await asked.seen()
            return seen.over or seen.awaited is not None

        await until(is_open)
        return asked


class Asked(Watched[Seen]):
    async def says(self, name: str, decision: str = "APPROVE", **rest: Any) -> str:
        """The status that it answers with, or the refusal."""
        said = Decision(decision=DecisionKind(decision), by=f"{name}@x.test", **rest)
        return await self.tells("decide", said)

    async def times(self, kind: str) -> list[timedelta]:
        """How long after the request each fact of this kind was recorded."""
        facts = (await self.seen()).facts
        began: datetime = facts[0].timestamp
        return [one.timestamp - began for one in facts if one.event.type == kind]
