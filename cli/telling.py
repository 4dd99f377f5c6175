"""What the events of an orchestration come to: heard one after the other."""

from datetime import datetime

from pydantic import BaseModel

from contracts.events import (
    AgentSpawned,
    ApprovalExpired,
    ApprovalGranted,
    ApprovalRejected,
    ApprovalRequested,
    ApprovalVoided,
    BudgetEscalated,
    BudgetExceeded,
    BudgetRaised,
    BudgetRefused,
    BudgetWithdrawn,
    CheckpointCreated,
    CheckpointRestored,
    Event,
    GuidanceGiven,
    OrchestrationPaused,
    OrchestrationResumed,
    OrchestrationStarted,
    PhaseCompleted,
    PhaseFailed,
    PhaseSkipped,
    PhaseStarted,
    QuestionAnswered,
    QuestionAsked,
    QuestionWithdrawn,
    TestRunCompleted,
)
from contracts.jira_work import Awaited, Pause, PhaseProgress
from contracts.ledger import ChainedEvent
from contracts.phases import CHANGING, Phase, PhaseStatus
from contracts.playbooks import BuiltinAgent


class TestCount(BaseModel, frozen=True):
    """One run of the project's tests."""

    __test__ = False  # Not a test, whatever pytest thinks of its name.

    round: int
    passed: int
    failed: int
    skipped: int
    green: bool


class Question(BaseModel, frozen=True):
    agent: str
    text: str
    asked_at: datetime


class Teller:
    """Hears the events in their order and remembers what still counts at the end."""

    def __init__(self) -> None:
        self.started: OrchestrationStarted | None = None
        self.phases: list[PhaseProgress] = []
        self.tests: list[TestCount] = []
        self.questions: list[Question] = []
        self.gate: tuple[ApprovalRequested, datetime] | None = None
        self._asked_in: Phase | None = None
        self.budget: tuple[BudgetExceeded, datetime] | None = None
        self.escalated: BudgetEscalated | None = None
        self.rest: tuple[Pause, datetime] | None = None
        self.guidance = 0
        self.resumable = False

    def hear(self, chained: ChainedEvent) -> None:
        event, at = chained.event, chained.timestamp
        match event:
            case OrchestrationStarted():
                self.started = event
            case OrchestrationPaused(reason=why):
                self.rest = (Pause(by=chained.actor.email or chained.actor.id, reason=why), at)
            case OrchestrationResumed():
                self.rest = None
            case TestRunCompleted(round=number, report=report):
                counts = report.model_dump(include={"passed", "failed", "skipped"})
                self.tests.append(TestCount(round=number, green=report.green, **counts))
            case CheckpointCreated() | CheckpointRestored():
                self.resumable = True
            case _:
                self._hear_of_phases(event, chained)
                self._hear_of_people(event, chained)

    def end(self) -> None:
        """It is over: nobody is awaited or told anything any more."""
        self.gate = self.budget = self.escalated = self.rest = None
        self.questions, self.guidance = [], 0

    def _hear_of_phases(self, event: Event, chained: ChainedEvent) -> None:
        at, phase = chained.timestamp, chained.phase
        match event:
            case PhaseStarted(round=number) if phase:
                self._begin(phase, number, at)
            case PhaseSkipped(round=number, reason=why) if phase:
                self._begin(phase, number, at)
                self._end(PhaseStatus.SKIPPED, at, why)
            case PhaseCompleted(note=note):
                self._end(PhaseStatus.COMPLETED, at, note)
            case PhaseFailed(error_type=kind, reason=why):
                cancelled = kind == "Cancelled"
                self._end(PhaseStatus.CANCELLED if cancelled else PhaseStatus.FAILED, at, why)
            case AgentSpawned(runner="command" | "llm"):
                self.guidance = 0  # Who reads words takes all that there is.
            case _:
                pass

    def _hear_of_people(self, event: Event, chained: ChainedEvent) -> None:
        match event:
            case ApprovalRequested():
                self.gate, self._asked_in = (event, chained.timestamp), chained.phase
            case ApprovalGranted(settles=False):
                pass
            case ApprovalGranted(comment=comment) | ApprovalRejected(comment=comment):
                self.gate = None
                self.guidance += bool(comment)
            case ApprovalExpired() | ApprovalVoided(granted=False):
                self.gate = None
            case QuestionAsked(question=text):
                asker = chained.agent_name or "an agent"
                self.questions.append(Question(agent=asker, text=text, asked_at=chained.timestamp))
            case QuestionAnswered(question=text) | QuestionWithdrawn(question=text):
                # Two agents may ask the same: it is the answered one's question that is settled.
                settled = (chained.agent_name or "an agent", text)
                self.questions = [one for one in self.questions if (one.agent, one.text) != settled]
            case GuidanceGiven():
                self.guidance += 1
            case _:
                self._hear_of_budgets(event, chained.timestamp)

    def _hear_of_budgets(self, event: Event, at: datetime) -> None:
        match event:
            case BudgetExceeded():
                self.budget = (event, at)
            case BudgetEscalated():
                self.escalated = event
            case BudgetRaised(measure=None):
                pass  # Nothing waited for that one.
            case BudgetRaised() | BudgetRefused() | BudgetWithdrawn():
                self.budget = self.escalated = None
            case _:
                pass

    def _begin(self, phase: Phase, number: int, at: datetime) -> None:
        self.phases.append(
            PhaseProgress(phase=phase, round=number, status=PhaseStatus.RUNNING, started_at=at)
        )

    def _end(self, status: PhaseStatus, at: datetime, note: str) -> None:
        if self.phases:
            ended = {"status": status, "completed_at": at, "note": note}
            self.phases[-1] = self.phases[-1].model_copy(update=ended)

    def unmanned(self) -> tuple[Phase, ...]:
        """The phases that are to change something, and where nobody is named to do it."""
        manned = {told.phase for told in self.phases if told.status is PhaseStatus.SKIPPED}
        steps = self.started.playbook.phases if self.started else ()
        manned |= {step.phase for step in steps if step.agents}
        return tuple(step.phase for step in steps if step.phase in {*CHANGING} - manned)

    def unheeding(self) -> Phase | None:
        """The phase that is asked about, where nobody in it would follow a comment."""
        playbook = self.started.playbook if self.started else None
        if self.gate is None or playbook is None or self._asked_in is None:
            return None
        step = playbook.step(self._asked_in)
        agents = step.agents if step else ()
        ruled = bool(agents) and all(isinstance(one, BuiltinAgent) for one in agents)
        return self._asked_in if ruled else None

    def awaited(self) -> Awaited | None:
        """Also a pause: somebody must say that it goes on."""
        if self.gate is not None:
            return _at_gate(*self.gate)
        if self.questions:
            first = self.questions[0]
            whom = "anyone of the team"
            return Awaited(what=f"answer to {first.agent}", whom=whom, since=first.asked_at)
        if self.budget is not None:
            exceeded, since = self.budget
            whom = (self.escalated or exceeded).words()
            return Awaited(what=exceeded.what(), whom=whom, since=since)
        if self.rest is not None:
            return Awaited(what="resume", whom="anybody", since=self.rest[1])
        return None


def _at_gate(asked: ApprovalRequested, since: datetime) -> Awaited:
    return Awaited(
        what=f"approval {asked.gate.name}",
        whom=asked.words(),
        since=since,
        approval_id=asked.approval_id,
        gate=asked.gate.name,
        subject_hash=asked.subject_hash,
        expires_at=asked.expires_at,
    )
