"""What goes into /jira-work, what it hears on its way, and what comes out of it."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field, ValidationError, model_validator

from contracts.budgets import NO_CAPS, Caps
from contracts.choices import TakenOver
from contracts.identity import DEFAULT_ORGANIZATION
from contracts.issues import IssueKey
from contracts.orchestrations import OrchestrationStatus
from contracts.phases import Phase, PhaseStatus, Shortfall
from contracts.playbooks import AgentName
from contracts.text import MAX_COMMENT, Comment, Line

TASK_QUEUE = "slipway"
JIRA_WORK = "JiraWork"
STANDARD = "standard"
Organization = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]


def workflow_id(organization: str, issue_key: str) -> str:
    return f"jira-work:{organization}:{issue_key}"


def organization_of(workflow_id: str) -> str | None:
    """None for the id of something else."""
    kind, _, rest = workflow_id.partition(":")
    return rest.partition(":")[0] or None if kind == "jira-work" else None


class WorkOptions(BaseModel, frozen=True, extra="forbid"):
    """Which phases are worked. `again` works a COMPLETED ticket once more; `resume` goes on
    from the last checkpoint of the attempt before, or from the end of `resume_after`, and leaves
    out what that one left out unless something is said of phases. `budget` comes before the
    playbook's for the orchestration."""

    start: Phase | None = None
    end: Phase | None = None
    skip: tuple[Phase, ...] = ()
    again: bool = False
    resume: bool = False
    resume_after: Phase | None = None
    dry_run: bool = False
    budget: Caps = NO_CAPS

    @model_validator(mode="after")
    def _in_order(self) -> "WorkOptions":
        if self.start and self.end and self.start.place > self.end.place:
            raise ValueError(f"start {self.start} comes after end {self.end}")
        return self


class WorkOrder(BaseModel, frozen=True, extra="forbid"):
    organization: Organization = DEFAULT_ORGANIZATION
    issue_key: IssueKey
    requested_by: Line = Field(min_length=1)
    playbook: AgentName | None = None
    """None: the one that the last attempt was asked to follow, and of an attempt that is resumed
    in any case its own; else the one that fits the ticket."""
    coder: tuple[Annotated[str, Field(min_length=1)], ...] = ()
    """Command of the agent for CODE and FIX, where the playbook names none. Empty: the one of the
    last attempt."""
    coder_environment: tuple[str, ...] = ()
    options: WorkOptions = WorkOptions()


class PlannedPhase(BaseModel, frozen=True):
    phase: Phase
    agents: tuple[str, ...]
    gate: str | None = None
    skipped_because: str | None = None
    asked: bool = False
    """The gate asks though the phase is skipped."""


class WorkOutcome(BaseModel, frozen=True):
    """Of a dry run, after which nothing is done, `status` is None; `planned` is what would have
    been done, and `taken_over` what nobody said."""

    orchestration_id: UUID
    attempt: int
    status: OrchestrationStatus | None
    branch: str
    commit: str | None = None
    dry_run: bool = False
    planned: tuple[PlannedPhase, ...] = ()
    taken_over: TakenOver | None = None


class Pause(BaseModel, frozen=True):
    by: Line = Field(min_length=1)
    reason: Comment = ""


class Resume(BaseModel, frozen=True):
    by: Line = Field(min_length=1)


class Cancellation(BaseModel, frozen=True, extra="forbid"):
    """Travels as the reason of Temporal's own cancellation. `by` is None when nobody said who,
    as in the Web UI."""

    by: Line | None = None
    reason: Comment = ""

    @classmethod
    def heard(cls, text: str) -> "Cancellation":
        """Whatever text it is: what is not of this form is a person's free words."""
        try:
            return cls.model_validate_json(text)
        except ValidationError:
            return cls(reason=text[:MAX_COMMENT])


class SkipPhase(BaseModel, frozen=True):
    phase: Phase
    by: Line = Field(min_length=1)
    reason: Comment = ""


class Guidance(BaseModel, frozen=True):
    """`once`: what the sender calls it. Sent again under the same name, it is heard once."""

    text: Comment = Field(min_length=1)
    by: Line = Field(min_length=1)
    once: str = Field(default="", max_length=100)


class TicketChanged(BaseModel, frozen=True):
    """Sent after each change of the ticket's text. `ticket_hash` is that of the ticket as it
    reads now (`fingerprint` of all of it): one that is known already says nothing new."""

    ticket_hash: str = Field(pattern=r"^[0-9a-f]{64}$")


class PhaseProgress(BaseModel, frozen=True):
    """One line of the story: a phase in a round. One that is done may have fallen short."""

    phase: Phase
    round: int
    status: PhaseStatus
    started_at: datetime | None = None
    completed_at: datetime | None = None
    note: Comment = ""
    shortfall: Shortfall | None = None

    @property
    def standing(self) -> PhaseStatus | Shortfall:
        """What is to be seen of it at a glance."""
        done = self.status is PhaseStatus.COMPLETED
        return self.shortfall if done and self.shortfall else self.status


class Awaited(BaseModel, frozen=True):
    """What the run waits for, on whom, since when."""

    what: str
    whom: str
    since: datetime
    approval_id: UUID | None = None
    gate: str | None = None
    subject_hash: str | None = None
    expires_at: datetime | None = None
