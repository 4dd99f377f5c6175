"""Runs a dry run to its end, and plays the people who answer in it, if anybody does."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from temporalio.testing import WorkflowEnvironment

from cli.simulation.cast import Cast, gates
from cli.simulation.happenings import happenings
from cli.simulation.passing import Tell
from cli.simulation.plan import KEY, REQUESTER, Rehearsal, Simulation
from cli.simulation.stage import QUEUE, skip_to, until
from cli.simulation.stand_ins import Notebook
from clients.temporal.orchestrations import OrchestrationWorkflows, RefusedError
from contracts.agents import Answer
from contracts.approvals import ApprovalStatus, Decision, DecisionKind
from contracts.events import (
    ApprovalEscalated,
    ApprovalExpired,
    ApprovalGranted,
    ApprovalRequested,
    ApprovalVoided,
    QuestionAnswered,
    QuestionAsked,
)
from contracts.identity import DEFAULT_ORGANIZATION
from contracts.jira_work import WorkOrder
from contracts.ledger import ChainedEvent
from contracts.playbooks import Playbook
from contracts.stories import WorkState

MOMENT = timedelta(seconds=1)
STEPS = 20


@dataclass(frozen=True)
class Open:
    """What somebody is awaited for: a level of an approval, or a question."""

    fact: ChainedEvent
    until: datetime | None = None
    escalated: int = 0

    @property
    def since(self) -> datetime:
        return self.fact.timestamp

    @property
    def key(self) -> tuple[UUID, int]:
        return self.fact.event_id, self.escalated


class Director:
    """Goes from one moment at which a person does something to the next."""

    def __init__(
        self,
        plan: Simulation,
        environment: WorkflowEnvironment,
        notebook: Notebook,
        tell: Tell,
    ) -> None:
        self._plan, self._environment, self._notebook = plan, environment, notebook
        self._tell, self._passed = tell, timedelta()
        self._work = OrchestrationWorkflows(environment.client, DEFAULT_ORGANIZATION, QUEUE)
        # Where too few people could decide: only time goes on there.
        self._silent: set[tuple[UUID, int]] = set()

    async def play(self) -> Rehearsal:
        order = WorkOrder(issue_key=KEY, requested_by=REQUESTER)
        ends = await self._environment.get_current_time() + self._plan.lasts
        await self._work.start(order, self._plan.ticket.title)
        await self._until_settled(None)
        if self._plan.answers_after is not None:
            await self._play_people(self._plan.answers_after, ends)
        await self._pass_until(ends)
        return self._told(await self._state())

    async def _play_people(self, patience: timedelta, ends: datetime) -> None:
        while (opened := self._opened()) is not None:
            due = opened.since + patience
            if opened.key in self._silent and opened.until is not None:
                due = opened.until + MOMENT
            if due >= ends:
                return
            await self._pass_until(due)
            await self._state()
            # By then another may be open than the one whose time it was.
            now = self._opened()
            if now is not None and now.key == opened.key and now.key not in self._silent:
                await self._answer(now)

    async def _pass_until(self, moment: datetime) -> None:
        """In steps, so that somebody may watch."""
        now = await self._environment.get_current_time()
        while now < moment:
            step = min(moment - now, self._plan.lasts / STEPS)
            now += step
            await skip_to(self._environment, now)
            self._passed += step
            self._tell(self._passed)

    def _opened(self) -> Open | None:
        return opened_of(self._notebook.facts)

    async def _answer(self, opened: Open) -> None:
        if isinstance(opened.fact.event, QuestionAsked):
            await self._work.update(KEY, "answer", Answer(text="done", by=REQUESTER))
        elif not await self._vote(opened):
            self._silent.add(opened.key)
            return
        await self._until_settled(opened)

    async def _vote(self, opened: Open) -> bool:
        """By as many as it takes; whether they were enough."""
        asked = opened.fact.event
        assert isinstance(asked, ApprovalRequested)
        level = asked.gate.level(asked.level)
        for member in self._plan.cast.able(level, opened.escalated):
            decision = Decision(
                decision=DecisionKind.APPROVE, by=member.email, approval_id=asked.approval_id
            )
            try:
                status = await self._work.update(KEY, "decide", decision)
            except RefusedError:
                continue  # Has decided already, or at another level.
            now = self._opened()
            if status != ApprovalStatus.PENDING or now is None or now.key != opened.key:
                return True
        return False

    async def _until_settled(self, before: Open | None) -> None:
        """Until somebody else is awaited, or it is over."""

        async def settled() -> bool:
            state = await self._state()
            opened = self._opened()
            if state.status.terminal:
                return True
            return opened is not None and (before is None or opened.key != before.key)

        await until(settled)

    async def _state(self) -> WorkState:
        """With all its facts written down."""
        handle = self._work.handle(KEY)
        found: list[WorkState] = []

        async def written() -> bool:
            found[:] = [await handle.query("state", result_type=WorkState)]
            last = self._notebook.facts[-1].sequence if self._notebook.facts else 0
            return 0 < found[0].last_sequence <= last

        await until(written)
        return found[0]

    def _told(self, state: WorkState) -> Rehearsal:
        plan, facts = self._plan, self._notebook.facts
        awaited = state.awaited
        return Rehearsal(
            playbook=plan.playbook.name,
            type=plan.type,
            priority=plan.priority,
            risk=plan.risk,
            lasts=plan.lasts,
            answers_after=plan.answers_after,
            real_people=plan.cast.real,
            started_at=facts[0].timestamp,
            status=state.status,
            awaited=f"{awaited.what}, on {awaited.whom}" if awaited else None,
            happenings=tuple(happenings(facts, plan.cast)),
            nobody=nobody_at(plan.playbook, plan.cast),
            project=plan.project,
            origins=tuple((gate.name, gate.origin) for gate in gates(plan.playbook) if gate.origin),
        )


def opened_of(facts: list[ChainedEvent]) -> Open | None:
    """What is asked last and not settled."""
    opened: Open | None = None
    for fact in facts:
        match fact.event:
            case ApprovalRequested(expires_at=until):
                opened = Open(fact, until)
            case QuestionAsked():
                opened = Open(fact)
            case ApprovalEscalated(step=step, expires_at=until) if opened is not None:
                opened = Open(opened.fact, until, step)
            case (
                ApprovalGranted(settles=True)
                | ApprovalExpired()
                | ApprovalVoided(granted=False)
                | QuestionAnswered()
            ):
                opened = None
            case _:
                pass
    return opened


def nobody_at(playbook: Playbook, cast: Cast) -> tuple[str, ...]:
    """Levels at which no member could decide, in words."""
    return tuple(
        f"gate {gate.name}, level {level.name}: nobody is {level.words()}"
        for gate in gates(playbook)
        for level in gate.stages
        if not cast.able(level, 0)
    )
