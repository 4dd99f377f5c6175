"""All that a run must remember: one object, carried whole when the run continues as new."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from pydantic import BaseModel, Field

from contracts.agents import AgentResult, PhaseSummary, QuestionAndAnswer, TestReport, Usage
from contracts.budgets import BudgetState
from contracts.gates import GatesState
from contracts.jira_work import Awaited, Pause, PhaseProgress, SkipPhase, WorkOrder
from contracts.ledger import JournalState
from contracts.opening import Opened
from contracts.orchestrations import CheckpointState, Opening, OrchestrationStatus
from contracts.phases import Phase, PhaseStatus
from contracts.playbooks import AgentSpec, CommandAgent, LlmAgent
from contracts.sla_clocks import SlaState
from policy.approval_standing import taken_over
from policy.phases import Step
from policy.telling import Teller

MOST_CHANGED = 200  # As many as say where the work was done.
MOST_GUIDANCE = 200_000  # Letters: a payload of Temporal's takes two megabytes.
LEFT_OUT = "(What was said before this is left out here: it was too much. The history has it.)"
MOST_HEARD, MOST_ANSWERED = 500, 20  # Who repeats a message does so within minutes.


def reads_words(agent: AgentSpec) -> bool:
    return isinstance(agent, CommandAgent | LlmAgent)


def latest(guidance: tuple[str, ...]) -> tuple[str, ...]:
    """It goes along with the run, and in one piece to an agent: so the oldest goes where it is too
    much. The ledger keeps all."""
    while sum(map(len, guidance)) > MOST_GUIDANCE:
        begun = 2 if guidance[0] == LEFT_OUT else 1
        guidance = (LEFT_OUT, *guidance[begun:])
    return guidance


class Progress(BaseModel):
    opened: Opened | None = None
    status: OrchestrationStatus = OrchestrationStatus.ACTIVE
    started_at: datetime | None = None
    branch: str = ""
    commit: str = ""
    resets: int = 0
    step: Step | None = None
    checked: tuple[Step, bool] | None = None
    """Of the last checkpoint: what was worked, or skipped."""
    summaries: list[PhaseSummary] = []
    guidance: list[str] = []
    heard: list[str] = []
    """What senders called their guidance, the latest last."""
    answers: list[QuestionAndAnswer] = []
    answered: dict[str, str] = {}
    """Which question each of the latest updates has answered, by the update's id: Temporal itself
    knows a repeated one only until the run continues as new."""
    last_tests: TestReport | None = None
    agents_used: list[str] = []
    changed: list[str] = []
    tokens: int = 0
    cost: Decimal = Decimal(0)
    rest: Pause | None = None
    skips: list[SkipPhase] = []
    awaited: Awaited | None = None
    sla: SlaState = Field(default_factory=SlaState)
    gates: GatesState = Field(default_factory=GatesState)
    budget: BudgetState = Field(default_factory=BudgetState)
    told: Teller = Field(default_factory=Teller)
    rounds_before: dict[Phase, int] = {}
    """What was worked before the work went back to an earlier phase."""

    @property
    def opening(self) -> Opening:
        """Only once the work is open."""
        assert self.opened is not None
        return self.opened.opening

    def open(self, opened: Opened, now: datetime) -> None:
        opening = opened.opening
        self.opened, self.started_at = opened, now
        self.branch, self.commit = opening.branch, opening.base_commit
        if opening.restored is not None:
            self.summaries = list(opening.restored.state.summaries)
            self.last_tests = opening.restored.state.last_tests
            self._take_over(opening)

    def _take_over(self, opening: Opening) -> None:
        assert opening.restored is not None
        state = opening.restored.state
        self.checked = (Step(state.phase, state.round), state.skipped)
        granted, lapsed = taken_over(state, opening.playbook)
        self.gates.granted = [one.model_copy(update={"approval_id": None}) for one in granted]
        self.gates.lapsed = list(lapsed)

    @property
    def story(self) -> list[PhaseProgress]:
        """The phases in the order in which they were begun, or left out."""
        return self.told.phases

    @property
    def granted(self) -> set[UUID | None]:
        """The approvals that stand, of this run and (None) of earlier ones."""
        return {one.approval_id for one in self.gates.granted}

    def checkpoint(self, step: Step, skipped: bool) -> CheckpointState:
        self.checked = (step, skipped)
        return CheckpointState(
            phase=step.phase,
            round=step.round,
            skipped=skipped,
            summaries=tuple(self.summaries),
            last_tests=self.last_tests,
            granted=tuple(self.gates.granted),
            lapsed=tuple(self.gates.lapsed),
        )

    def change(self, files: tuple[str, ...]) -> None:
        self.changed = list(dict.fromkeys([*self.changed, *files]))[:MOST_CHANGED]

    def count(self, usage: Usage) -> None:
        self.tokens += usage.tokens_in + usage.tokens_out
        self.cost += usage.cost

    def summarise(self, step: Step, agent: str, result: AgentResult) -> None:
        if result.report is None:
            return
        summary = PhaseSummary(
            phase=step.phase,
            round=step.round,
            agent=agent,
            summary=result.report.summary,
            findings=result.report.findings,
            relevant=result.report.relevant,
            plan=result.report.plan,
        )
        # A phase worked again replaces what it said before.
        kept = [old for old in self.summaries if (old.phase, old.agent) != (step.phase, agent)]
        self.summaries = [*kept, summary]

    def hears(self, once: str) -> bool:
        """Whether it is new; from now on it is not. What has no name is always new."""
        if once and once in self.heard:
            return False
        if once:
            self.heard = [*self.heard, once][-MOST_HEARD:]
        return True

    def note_answered(self, update: str, question: str) -> None:
        self.answered = dict([*self.answered.items(), (update, question)][-MOST_ANSWERED:])

    def take_guidance(self, text: str) -> None:
        """For the next agent that reads words."""
        self.guidance = list(latest((*self.guidance, text)))

    def hand_out(self, agents: Sequence[AgentSpec]) -> tuple[str, ...]:
        """The guidance that waits, once. Where nobody reads words it is shown, and goes on
        waiting: what works by rules can at least say that it was not followed."""
        handed = tuple(self.guidance)
        if any(map(reads_words, agents)):
            self.guidance = []
        return handed

    def worked_for(self, now: datetime) -> timedelta:
        """At the latest phase, so far."""
        began = self.story[-1].started_at
        assert began is not None
        return now - began

    def note_of(self, phase: Phase) -> str:
        """What was said of it last."""
        last = next((told for told in reversed(self.story) if told.phase is phase), None)
        if last is None:
            return ""
        return f"not worked: {last.note}" if last.status is PhaseStatus.SKIPPED else last.note

    def back_to(self, phase: Phase) -> Step:
        """Everything from there on is worked once more, in rounds of their own numbers; repair
        rounds are counted anew. The phase itself is worked even if it was to be skipped."""
        self.skips = [skip for skip in self.skips if skip.phase is not phase]
        rounds = self.rounds_before = {}
        for told in self.story:
            rounds[told.phase] = max(told.round, rounds.get(told.phase, 0))
        return self.numbered(Step(phase))

    def numbered(self, step: Step) -> Step:
        return Step(step.phase, step.round + self.rounds_before.get(step.phase, 0))

    def within_pass(self, step: Step) -> Step:
        return Step(step.phase, step.round - self.rounds_before.get(step.phase, 0))

    def skip_of(self, phase: Phase) -> SkipPhase | None:
        return next((skip for skip in self.skips if skip.phase is phase), None)

    def still_worked(self) -> tuple[Phase, ...]:
        """Without a FIX that somebody skipped: nobody is left who repairs."""
        assert self.opened is not None
        fixes = self.skip_of(Phase.FIX) is None
        return tuple(phase for phase in self.opened.worked if fixes or phase is not Phase.FIX)

    @property
    def waits(self) -> bool:
        """For a person: no activity is under way."""
        return self.awaited is not None or self.status is OrchestrationStatus.PAUSED

    def has_begun(self, phase: Phase) -> bool:
        return any(told.phase is phase for told in self.story)


class Carried(BaseModel, frozen=True):
    """What goes from one run to the next when a long one continues as new."""

    orchestration_id: UUID
    progress: Progress
    journal: JournalState
    next: Step


class CarriedOrder(WorkOrder, frozen=True):
    """A WorkOrder, as people send it, or with what an earlier run carried on. One argument, since
    the SDK forgets all types where fewer arguments come than the method takes."""

    carried: Carried | None = None
