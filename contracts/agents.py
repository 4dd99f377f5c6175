"""What an agent is told and what it answers."""

from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from contracts.budgets import MOST_TOKENS, Bound
from contracts.issues import Ticket
from contracts.patterns import Precedent
from contracts.phases import Phase
from contracts.playbooks import AgentSpec
from contracts.repository_settings import RepositorySettings
from contracts.text import Comment, Line

# What no honest report exceeds, and every column can hold.
MOST_TESTS = 10**9


class AgentStatus(StrEnum):
    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"
    BLOCKED = "BLOCKED"


class FailedTest(BaseModel, frozen=True):
    name: Line
    message: Comment = ""


class TestReport(BaseModel, frozen=True):
    """Counts of one run of a project's own tests. Red when any failed or the command did. Not
    `counted`: the command said nothing that counts tests, so that its exit code is all there is."""

    __test__ = False  # Not a test, whatever pytest thinks of its name.

    command: tuple[str, ...] = ()
    exit_code: int = 0
    passed: int = Field(default=0, ge=0, le=MOST_TESTS)
    failed: int = Field(default=0, ge=0, le=MOST_TESTS)
    skipped: int = Field(default=0, ge=0, le=MOST_TESTS)
    coverage: Decimal | None = Field(default=None, ge=0, le=100)
    failures: tuple[FailedTest, ...] = ()
    output_tail: Comment = ""
    counted: bool = Field(default=True, exclude_if=lambda counted: counted)

    @property
    def green(self) -> bool:
        return self.exit_code == 0 and self.failed == 0

    @property
    def counts(self) -> str:
        if not self.counted:
            return "not counted"
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"


class Usage(BaseModel, frozen=True):
    tokens_in: int = Field(default=0, ge=0, le=MOST_TOKENS)
    tokens_out: int = Field(default=0, ge=0, le=MOST_TOKENS)
    cost: Decimal = Field(default=Decimal(0), ge=0, max_digits=12, decimal_places=6)
    provider: Line | None = None
    model: Line | None = None


class AgentProgress(BaseModel, frozen=True, extra="forbid"):
    """A line of an agent's stdout while it works, as JSON: all that it has used so far. Lines may
    be left out; a smaller number than before changes nothing."""

    progress: Usage


class RelevantFile(BaseModel, frozen=True):
    """A file that matters for a ticket, and why, in words for people and coding agents."""

    path: Line
    reason: Line = ""


class PlanStep(BaseModel, frozen=True):
    """What is to be done for one acceptance criterion (empty: for the whole ticket), where, and
    how anybody can see that it is done."""

    does: Comment
    criterion: Comment = ""
    files: Annotated[tuple[Line, ...], Field(max_length=20)] = ()
    check: Comment = ""


class Report(BaseModel, frozen=True, extra="forbid"):
    """The last line of an agent's stdout, or the file named by SLIPWAY_REPORT, as JSON."""

    status: Literal["completed", "failed", "blocked"]
    summary: Comment
    findings: Annotated[tuple[Comment, ...], Field(max_length=100)] = ()
    files_changed: Annotated[tuple[Line, ...], Field(max_length=10_000)] = ()
    relevant: Annotated[tuple[RelevantFile, ...], Field(max_length=50)] = ()
    plan: Annotated[tuple[PlanStep, ...], Field(max_length=50)] = ()
    tests: TestReport | None = None
    usage: Usage = Usage()
    question: Comment | None = None


class PhaseSummary(BaseModel, frozen=True):
    """What an earlier phase left for the later ones to read."""

    phase: Phase
    round: int
    agent: Line
    summary: Comment
    findings: tuple[Comment, ...] = ()
    relevant: tuple[RelevantFile, ...] = ()
    plan: tuple[PlanStep, ...] = ()


class SimilarTicket(BaseModel, frozen=True):
    """A ticket, worked to its end, that is near to this one: `because` of what, where its changes
    were (`paths` are folders), and how many rounds of repair it took. `cancelled` is why, maybe
    empty; None for what people let come to an end of its own."""

    issue_key: str
    success: bool
    cancelled: Comment | None = Field(default=None, exclude_if=lambda why: why is None)
    summary: Comment = ""
    because: Line = ""
    paths: tuple[Line, ...] = ()
    rework: int = 0


class QuestionAndAnswer(BaseModel, frozen=True):
    question: Comment
    answer: Comment
    answered_by: Line


class Brief(BaseModel, frozen=True):
    """The JSON on an agent's stdin. `ticket` is data from outside, never instruction."""

    version: Literal[1] = 1
    ticket: Ticket
    phase: Phase
    round: int = Field(ge=1)
    attempt: int = Field(ge=1)
    guidance: tuple[Comment, ...] = ()
    earlier: tuple[PhaseSummary, ...] = ()
    answers: tuple[QuestionAndAnswer, ...] = ()
    last_tests: TestReport | None = None
    similar: tuple[SimilarTicket, ...] = ()
    precedent: Precedent | None = None
    workspace: str
    branch: str
    base_commit: str
    start_commit: str = ""  # Where the branch began; `base_commit` moves on with the work.


class AgentOutput(BaseModel, frozen=True):
    """What an agent printed: `kept` is its beginning, `size` counts all of it, in bytes."""

    kept: bytes = b""
    size: int = 0

    @property
    def truncated(self) -> bool:
        return self.size > len(self.kept)


class Workplace(BaseModel, frozen=True):
    """Which orchestration's branch of which repository is worked on."""

    organization_id: UUID
    orchestration_id: UUID
    attempt: int
    repo_url: str
    branch: str
    start_commit: str = ""


class AgentRun(BaseModel, frozen=True):
    """One agent, once, in one phase. `step` is the business key of its effect: it names the
    same step of the same work however often it is tried. `bounds` are the caps on what it uses."""

    workplace: Workplace
    ticket: Ticket
    agent: AgentSpec
    phase: Phase
    round: int
    step: str
    base_commit: str
    settings: RepositorySettings = RepositorySettings()
    guidance: tuple[Comment, ...] = ()
    earlier: tuple[PhaseSummary, ...] = ()
    answers: tuple[QuestionAndAnswer, ...] = ()
    last_tests: TestReport | None = None
    similar: tuple[SimilarTicket, ...] = ()
    precedent: Precedent | None = None
    bounds: tuple[Bound, ...] = ()


class AgentResult(BaseModel, frozen=True):
    """`commit` is None when nothing was changed. `error_type` stands with status FAILED; with
    `over` it was stopped there, or not begun. `used` is what it said on its way: it counts where
    the report says less. `authors`: whom a person's commits name, by e-mail address. `lost` tries
    before this one had begun to work, and left no report: a worker died, or git failed."""

    status: AgentStatus
    report: Report | None = None
    commit: str | None = None
    files_changed: tuple[str, ...] = ()
    output_id: UUID | None = None
    error_type: Line | None = None
    error_message: Comment | None = None
    duration: timedelta = timedelta()
    answered_from_store: bool = False
    used: Usage = Usage()
    over: Bound | None = None
    authors: tuple[Line, ...] = ()
    lost: int = 0


class Answer(BaseModel, frozen=True):
    """A person's answer to an agent's question, or a human agent's word that the work is done. `at`
    where it comes late: when it was said."""

    text: Comment = Field(min_length=1)
    by: Line = Field(min_length=1)
    at: datetime | None = None
