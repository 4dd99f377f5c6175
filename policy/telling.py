"""What the events of an orchestration come to: heard one after the other."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel

from contracts.choices import TakenOver
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
    OrchestrationCancelled,
    OrchestrationCompleted,
    OrchestrationFailed,
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
from contracts.identity import WHO_ANSWERS
from contracts.jira_work import Awaited, Pause, PhaseProgress
from contracts.ledger import ChainedEvent
from contracts.phases import CHANGING, Phase, PhaseStatus
from contracts.playbooks import BuiltinAgent, PlaybookPhase
from contracts.stories import TestCount, WaitingQuestion
from contracts.teams import Assignment
from policy import phase_lines

BEGUN = {"title", "playbook", "base", "completed_at", "failure", "resumable"}


class Teller(BaseModel):
    """Hears the events in their order and remembers what still counts at the end. A model, so
    that a run which continues as new can carry it."""

    title: str = ""
    playbook: str = ""
    team: Assignment | None = None
    taken_over: TakenOver | None = None
    base: str | None = None
    idle: tuple[Phase, ...] = ()
    """Those phases that are to change something, and have no agent."""
    ruled: tuple[Phase, ...] = ()
    """Those that are worked by rules alone."""
    completed_at: datetime | None = None
    failure: str | None = None
    phases: list[PhaseProgress] = []
    tests: list[TestCount] = []
    questions: list[WaitingQuestion] = []
    gate: tuple[ApprovalRequested, datetime] | None = None
    asked_in: Phase | None = None
    budget: tuple[BudgetExceeded, datetime] | None = None
    escalated: BudgetEscalated | None = None
    rest: tuple[Pause, datetime] | None = None
    guidance: int = 0
    resumable: bool = False

    def hear(self, chained: ChainedEvent) -> None:
        event, at = chained.event, chained.timestamp
        match event:
            case OrchestrationStarted():
                self._start(event)
            case OrchestrationFailed(error_type=kind, reason=why):
                self._end_all(at, f"{kind}: {why}")
            case OrchestrationCompleted() | OrchestrationCancelled():
                self._end_all(at)
            case OrchestrationPaused(reason=why):
                self.rest = (Pause(by=chained.actor.email or chained.actor.id, reason=why), at)
            case OrchestrationResumed():
                self.rest = None
            case TestRunCompleted(round=number, report=report):
                counts = report.model_dump(include={"passed", "failed", "skipped", "counted"})
                self.tests.append(TestCount(round=number, green=report.green, **counts))
                phase_lines.tests_ended(self.phases, green=report.green)
            case CheckpointCreated() | CheckpointRestored():
                self.resumable = True
            case _:
                self._hear_of_phases(event, chained)
                self._hear_of_people(event, chained)

    def told(self) -> dict[str, Any]:
        """Those fields of WorkState that events alone tell."""
        skipped = {told.phase for told in self.phases if told.status is PhaseStatus.SKIPPED}
        return {
            **self.model_dump(include=BEGUN),
            "team": self.team,
            "taken_over": self.taken_over,
            "tests": tuple(self.tests),
            "question": self.questions[0] if self.questions else None,
            "asked": self.gate[0] if self.gate else None,
            "exceeded": self.budget[0] if self.budget else None,
            "escalated": self.escalated,
            "unmanned": tuple(phase for phase in self.idle if phase not in skipped),
            "unheeding": self.asked_in if self.gate and self.asked_in in self.ruled else None,
        }

    def _start(self, started: OrchestrationStarted) -> None:
        steps = started.playbook.phases
        self.title, self.playbook = started.ticket.title, started.playbook.name
        self.team, self.taken_over = started.team, started.taken_over
        self.base = started.start_commit or started.base_commit
        self.idle = tuple(one.phase for one in steps if one.phase in CHANGING and not one.agents)
        self.ruled = tuple(one.phase for one in steps if _is_ruled(one))

    def _end_all(self, at: datetime, failure: str | None = None) -> None:
        """Nobody is awaited or told anything any more."""
        self.completed_at, self.failure = at, failure
        self.gate = self.budget = self.escalated = self.rest = None
        self.questions, self.guidance = [], 0

    def _hear_of_phases(self, event: Event, chained: ChainedEvent) -> None:
        at, phase = chained.timestamp, chained.phase
        match event:
            case PhaseStarted(round=number) if phase:
                phase_lines.begin(self.phases, phase, number, at)
            case PhaseSkipped(round=number, reason=why) if phase:
                phase_lines.begin(self.phases, phase, number, at)
                phase_lines.end(self.phases, PhaseStatus.SKIPPED, at, why)
            case PhaseCompleted(note=note):
                phase_lines.end(self.phases, PhaseStatus.COMPLETED, at, note)
            case PhaseFailed(error_type=kind, reason=why):
                cancelled = kind == "Cancelled"
                status = PhaseStatus.CANCELLED if cancelled else PhaseStatus.FAILED
                phase_lines.end(self.phases, status, at, why)
            case AgentSpawned(runner="command" | "llm"):
                self.guidance = 0  # Who reads words takes all that there is.
            case _:
                pass

    def _hear_of_people(self, event: Event, chained: ChainedEvent) -> None:
        match event:
            case ApprovalRequested():
                self.gate, self.asked_in = (event, chained.timestamp), chained.phase
            case ApprovalGranted(settles=False):
                pass
            case ApprovalGranted(comment=comment) | ApprovalRejected(comment=comment):
                self.gate = None
                self.guidance += bool(comment)
                if isinstance(event, ApprovalRejected):
                    phase_lines.send_back(self.phases, chained.phase, event, chained.actor)
            case ApprovalExpired() | ApprovalVoided(granted=False):
                self.gate = None
            case QuestionAsked(question=text):
                asker = chained.agent_name or "an agent"
                self.questions.append(
                    WaitingQuestion(agent=asker, text=text, asked_at=chained.timestamp)
                )
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

    def awaited(self) -> Awaited | None:
        """Also a pause: somebody must say that it goes on."""
        if self.gate is not None:
            return _at_gate(*self.gate)
        if self.questions:
            first = self.questions[0]
            what = f"answer to {first.agent}"
            return Awaited(what=what, whom=WHO_ANSWERS, since=first.asked_at)
        if self.budget is not None:
            exceeded, since = self.budget
            whom = (self.escalated or exceeded).words()
            return Awaited(what=exceeded.what(), whom=whom, since=since)
        if self.rest is not None:
            return Awaited(what="resume", whom="anybody", since=self.rest[1])
        return None


def _is_ruled(step: PlaybookPhase) -> bool:
    return bool(step.agents) and all(isinstance(one, BuiltinAgent) for one in step.agents)


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
