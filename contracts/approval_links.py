"""A link by which one person decides on one request, and the page that it leads to."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

from contracts.agents import PlanStep, TestReport
from contracts.approvals import ApprovalStatus, DecisionKind
from contracts.issues import Ticket
from contracts.playbooks import Gate
from contracts.risk import Assessment, RiskQuestion

FORGET_APPROVAL_LINKS = "ForgetApprovalLinks"


class RequestStanding(BaseModel, frozen=True):
    """Of a request, as the tables show it now."""

    issue_key: str
    gate: str
    subject_hash: str
    status: ApprovalStatus
    expires_at: datetime | None
    running: bool


class ApprovalLink(BaseModel, frozen=True):
    """`email` is the person's, `member` whether they still belong to the organization. `standing`
    is None for a request that is no longer known."""

    id: UUID
    organization_id: UUID
    organization: str
    approval_id: UUID
    email: str
    member: bool
    subject_hash: str
    refusals: int
    decision: DecisionKind | None = None
    used_at: datetime | None = None
    standing: RequestStanding | None = None


class DecisionMade(BaseModel, frozen=True):
    """A decision that somebody has made."""

    by: str
    on_behalf_of: str | None = None
    decision: DecisionKind
    level: int
    comment: str = ""
    at: datetime


class ApprovalPage(BaseModel, frozen=True):
    """What an approver sees. `ticket` is as it reads now, None where another tracker keeps it, and
    `frozen` as agents are given it: as it read when the work began. `commit` is what is asked
    about; `base` where the work began; `asked_again` says why, where it was granted before.
    `missing` more must agree at this level; `deciders` are those whom it names and who have not
    spoken."""

    issue_key: str
    title: str
    description: str = ""
    ticket: Ticket | None = None
    frozen: Ticket | None = None
    requested_by: str
    gate: Gate
    level: int
    escalated: int = 0
    summary: str = ""
    asked_again: str = ""
    findings: tuple[str, ...] = ()
    plan: tuple[PlanStep, ...] = ()
    requested_at: datetime
    expires_at: datetime | None = None
    repo_url: str
    branch: str
    base: str | None = None
    commit: str | None = None
    tests: TestReport | None = None
    votes: tuple[DecisionMade, ...] = ()
    deciders: tuple[str, ...] = ()
    missing: int = 1

    @property
    def change(self) -> RiskQuestion | None:
        """None before there is anything to look at."""
        if self.base is None or self.commit is None:
            return None
        return RiskQuestion(
            repo_url=self.repo_url, start_commit=self.base, commit=self.commit, tests=self.tests
        )


class FileChange(BaseModel, frozen=True):
    """`added` and `deleted` are None for what git does not count by lines."""

    path: str
    added: int | None
    deleted: int | None


class ChangeSoFar(BaseModel, frozen=True):
    """What the work has changed so far. `cut`: the diff is longer than what is shown."""

    files: tuple[FileChange, ...] = ()
    diff: str = ""
    cut: bool = False
    assessment: Assessment
