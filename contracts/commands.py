"""What a delivery asks of us: commands, each carried out once, or the reason why there are none."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from contracts.approvals import DecisionChannel, DecisionKind
from contracts.issues import IssueKey, IssueType, Priority
from contracts.jira_work import Organization
from contracts.text import Comment, Description, Line
from contracts.triage import SupportTicket
from contracts.webhooks import WebhookStatus, WebhookWork

MAX_KEYS = 20
MAX_LABELS = 50
Url = Annotated[str, Field(max_length=2_000)]
Commit = Annotated[str, Field(pattern=r"^[0-9a-f]{7,64}$")]


class IdentityProvider(StrEnum):
    JIRA = "jira"
    GITHUB = "github"
    GITLAB = "gitlab"
    BITBUCKET = "bitbucket"
    SLACK = "slack"
    EMAIL = "email"


class GitProvider(StrEnum):
    GITHUB = "GITHUB"
    GITLAB = "GITLAB"
    BITBUCKET = "BITBUCKET"


class Account(BaseModel, frozen=True):
    """Somebody as a provider knows them. For Slack `external_id` is `workspace:user`: user ids
    alone mean nothing outside their workspace."""

    provider: IdentityProvider
    external_id: Line = Field(min_length=1)

    def __str__(self) -> str:
        return f"{self.provider}:{self.external_id}"


class Place(BaseModel, frozen=True):
    """Where in git something happened, as far as the delivery says it."""

    provider: GitProvider
    repository: Line = Field(min_length=1)
    branch: Line | None = None
    number: int | None = None
    """Of the pull request, as people count them."""
    commit: Commit | None = None
    url: Url | None = None


class GitIssue(BaseModel, frozen=True):
    """An issue of a git host, as people count them there."""

    provider: GitProvider
    repository: Line = Field(min_length=1)
    number: int = Field(ge=1, le=2**31 - 1)

    def __str__(self) -> str:
        return f"{self.repository}#{self.number}"


class Subject(BaseModel, frozen=True):
    """Which tickets are meant: the one that was made of this issue, else by the keys that were
    named (they may be none of ours, like UTF-8), else by what earlier deliveries said of the
    place."""

    keys: tuple[IssueKey, ...] = Field(default=(), max_length=MAX_KEYS)
    place: Place | None = None
    issue: GitIssue | None = None


class Proposal(BaseModel, frozen=True):
    """What a ticket would say that is made of this issue. It belongs to the project that works on
    `repository_url`."""

    title: Line = Field(min_length=1)
    description: Description = ""
    type: IssueType = IssueType.TASK
    priority: Priority = Priority.MEDIUM
    labels: tuple[Line, ...] = Field(default=(), max_length=MAX_LABELS)
    repository_url: Url | None = None


class PullRequestStage(StrEnum):
    """In the order in which equal times are settled."""

    DRAFT = "DRAFT"
    OPEN = "OPEN"
    CLOSED = "CLOSED"
    MERGED = "MERGED"


class CheckConclusion(StrEnum):
    PASSED = "PASSED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"
    NEUTRAL = "NEUTRAL"


class Command(BaseModel, frozen=True, extra="forbid"):
    """`once` is made of delivery and position: a replayed delivery has the same commands. `at`
    is the object's own version time, not the time of its delivery. What comes by an endpoint of
    one project concerns no other: `project_id`."""

    once: str = ""
    delivery: UUID = UUID(int=0)
    organization: Organization = "default"
    organization_id: UUID = UUID(int=0)
    project_id: UUID | None = None
    about: Subject = Subject()
    at: datetime


class StartWork(Command):
    """With a proposal, a ticket that is not there yet is made."""

    type: Literal["start_work"] = "start_work"
    by: Account
    proposal: Proposal | None = None


class Decide(Command):
    """Without `code` or `approval_id` it counts for what was asked when it was said (`at`)."""

    type: Literal["decide"] = "decide"
    by: Account
    decision: DecisionKind
    channel: DecisionChannel
    comment: Comment = ""
    code: str | None = None
    """The beginning of the subject's hash, as the request quotes it."""
    approval_id: UUID | None = None
    commit: Commit | None = None
    """A review counts for what it has looked at."""


class Guide(Command):
    type: Literal["guide"] = "guide"
    by: Account
    text: Comment = Field(min_length=1)


class GiveAnswer(Command):
    type: Literal["answer"] = "answer"
    by: Account
    text: Comment = Field(min_length=1)


class CancelWork(Command):
    """`by_tracker`: the ticket itself was ended where it is kept, by whoever may do that there."""

    type: Literal["cancel_work"] = "cancel_work"
    by: Account | None = None
    reason: Comment = ""
    by_tracker: bool = False


class EditTicket(Command):
    """Its issue reads otherwise now. `by_tracker`: as in CancelWork; else only the ticket that was
    made of the issue is meant, since all others are merely named by it. `issue_type` and
    `priority` where they are said there in words that we know; else the ticket keeps its own."""

    type: Literal["edit_ticket"] = "edit_ticket"
    by: Account | None = None
    proposal: Proposal
    by_tracker: bool = False
    issue_type: IssueType | None = None
    priority: Priority | None = None


class LinkDevelopment(Command):
    """A branch or a commit names the ticket."""

    type: Literal["link_development"] = "link_development"


class FollowPullRequest(Command):
    """What one delivery knows of a pull request. Each time is the latest of its kind that this
    delivery speaks of; together with those of others they make the state. `author` is who made
    it, whoever the delivery is about."""

    type: Literal["follow_pull_request"] = "follow_pull_request"
    author: Account | None = None
    stage: PullRequestStage
    review_asked_at: datetime | None = None
    approved_at: datetime | None = None
    objected_at: datetime | None = None


class KeepEvidence(Command):
    type: Literal["keep_evidence"] = "keep_evidence"
    check: Line = Field(min_length=1)
    conclusion: CheckConclusion


class TriageRequest(Command):
    type: Literal["triage"] = "triage"
    ticket: SupportTicket


PersonCommand = StartWork | Decide | Guide | GiveAnswer | CancelWork | EditTicket

AnyCommand = Annotated[
    StartWork
    | Decide
    | Guide
    | GiveAnswer
    | CancelWork
    | EditTicket
    | LinkDevelopment
    | FollowPullRequest
    | KeepEvidence
    | TriageRequest,
    Field(discriminator="type"),
]


class Routed(BaseModel, frozen=True):
    """Either commands, or why there are none."""

    delivery: UUID
    commands: tuple[AnyCommand, ...] = ()
    ignored: str | None = None
    settled: WebhookStatus | None = None
    """How it has ended: before, or by being ignored."""


class Effect(BaseModel, frozen=True):
    """`happened` is False for what was refused, stale, or about no ticket of ours."""

    happened: bool
    note: Comment = ""


class DeliverySettlement(BaseModel, frozen=True):
    """How a delivery ended: as its row is to say it."""

    work: WebhookWork
    status: WebhookStatus
    why: Comment | None = None
