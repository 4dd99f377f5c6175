"""How an orchestration stands, as its query and Postgres both tell it."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from pydantic import BaseModel

from contracts.choices import TakenOver
from contracts.events import ApprovalRequested, BudgetEscalated, BudgetExceeded
from contracts.jira_work import Awaited, Pause, PhaseProgress
from contracts.orchestrations import OrchestrationStatus
from contracts.phases import Phase
from contracts.teams import Assignment


class TestCount(BaseModel, frozen=True):
    """One run of the project's tests."""

    __test__ = False  # Not a test, whatever pytest thinks of its name.

    round: int
    passed: int
    failed: int
    skipped: int
    green: bool
    counted: bool = True


class WaitingQuestion(BaseModel, frozen=True):
    agent: str
    text: str
    asked_at: datetime


class WorkState(BaseModel, frozen=True):
    """`base` is the commit that the whole change counts from. `awaited` also names a pause;
    `exceeded` is the limit that somebody is asked to raise, `escalated` whom that has come to,
    `unmanned` where nobody changes what is to be changed. `unheeding`: the phase that is asked
    about, if it is worked by rules alone, which follow no words. `pause` holds, or begins once
    the phase is done."""

    orchestration_id: UUID | None
    issue_key: str
    title: str
    attempt: int | None
    status: OrchestrationStatus
    phase: Phase | None
    branch: str | None
    commit: str | None
    awaited: Awaited | None
    phases: tuple[PhaseProgress, ...]
    tokens: int
    cost: Decimal
    last_sequence: int
    guidance_waiting: int
    pause: Pause | None = None
    requested_by: str = ""
    playbook: str = ""
    team: Assignment | None = None
    taken_over: TakenOver | None = None
    base: str | None = None
    started_at: datetime | None = None
    completed_at: datetime | None = None
    failure: str | None = None
    tests: tuple[TestCount, ...] = ()
    question: WaitingQuestion | None = None
    asked: ApprovalRequested | None = None
    exceeded: BudgetExceeded | None = None
    escalated: BudgetEscalated | None = None
    unmanned: tuple[Phase, ...] = ()
    resumable: bool = False
    unheeding: Phase | None = None
