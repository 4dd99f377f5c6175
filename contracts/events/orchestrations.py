"""How an orchestration begins, rests and ends."""

from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field

from contracts.choices import NO_CHOICES, Choices, TakenOver
from contracts.issues import IssueType, Ticket
from contracts.jira_work import WorkOptions
from contracts.patterns import Signature
from contracts.playbooks import Playbook
from contracts.teams import Assignment
from contracts.text import Comment


class OrchestrationStarted(BaseModel, frozen=True):
    """Everything that is frozen for the attempt; the row of `orchestrations` is made of it.
    `start_commit` is what the whole change is seen against, where that is not `base_commit`: an
    attempt that goes on begins at a checkpoint, but all of its branch is what people get."""

    type: Literal["OrchestrationStarted"] = "OrchestrationStarted"
    project_id: UUID
    attempt: int
    workflow_id: str
    requested_by: str
    branch: str
    base_commit: str
    start_commit: str = Field(default="", exclude_if=lambda commit: not commit)
    ticket: Ticket
    ticket_hash: str
    playbook: Playbook
    playbook_reason: str = ""
    options: WorkOptions
    team: Assignment | None = Field(default=None, exclude_if=lambda team: team is None)
    choices: Choices = Field(default=NO_CHOICES, exclude_if=lambda said: said == NO_CHOICES)
    taken_over: TakenOver | None = Field(default=None, exclude_if=lambda taken: taken is None)


class Outcome(BaseModel, frozen=True):
    """What `task_outcomes` remembers, for the briefs of similar tickets. `signature` says of
    which pattern it is; what was recorded before there were any has none."""

    issue_type: IssueType
    agents_used: tuple[str, ...] = ()
    tests_passed: bool | None = None
    bug_count: int | None = None
    rework_count: int = 0
    summary: Comment = ""
    signature: Signature | None = Field(default=None, exclude_if=lambda kind: kind is None)


class OrchestrationCompleted(BaseModel, frozen=True):
    """`outcome` is absent where nobody was there to change anything: that is no lesson."""

    type: Literal["OrchestrationCompleted"] = "OrchestrationCompleted"
    commit: str
    outcome: Outcome | None


class OrchestrationFailed(BaseModel, frozen=True):
    """`outcome` is absent when the run was terminated: then nobody was left to say; and where
    nobody was there to change anything."""

    type: Literal["OrchestrationFailed"] = "OrchestrationFailed"
    error_type: str
    reason: Comment
    outcome: Outcome | None = None


class OrchestrationCancelled(BaseModel, frozen=True):
    """`outcome` is absent from what was recorded before it was kept: its hash stays."""

    type: Literal["OrchestrationCancelled"] = "OrchestrationCancelled"
    reason: Comment = ""
    outcome: Outcome | None = Field(default=None, exclude_if=lambda outcome: outcome is None)


class OrchestrationPaused(BaseModel, frozen=True):
    type: Literal["OrchestrationPaused"] = "OrchestrationPaused"
    reason: Comment = ""


class OrchestrationResumed(BaseModel, frozen=True):
    type: Literal["OrchestrationResumed"] = "OrchestrationResumed"


class RunReset(BaseModel, frozen=True):
    """The run was reset: from here on the ledger has a new branch, and so has git."""

    type: Literal["RunReset"] = "RunReset"
    resets: int
    branch: str
    base_commit: str
