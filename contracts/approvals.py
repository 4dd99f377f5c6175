"""Gates: what is asked, who decides, and why a decision may be refused."""

from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel, Field

from contracts.playbooks import Gate
from contracts.text import Comment, Line


class ApprovalStatus(StrEnum):
    PENDING = "PENDING"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    EXPIRED = "EXPIRED"
    VOID = "VOID"


class DecisionKind(StrEnum):
    APPROVE = "APPROVE"
    REJECT = "REJECT"
    REQUEST_CHANGES = "REQUEST_CHANGES"


class DecisionChannel(StrEnum):
    CLI = "cli"
    HTTP = "http"
    SLACK = "slack"
    JIRA = "jira"
    GIT = "git"
    TEMPORAL = "temporal"


class Decision(BaseModel, frozen=True):
    """Who decides what, why, and by which way. `approval_id` or `gate` says on what; with
    `subject_hash` it counts only for that content."""

    decision: DecisionKind
    by: Line = Field(min_length=1)
    comment: Comment = ""
    approval_id: UUID | None = None
    gate: str | None = None
    subject_hash: str | None = None
    channel: DecisionChannel = DecisionChannel.TEMPORAL


class Refusal(StrEnum):
    """The `type` of the ApplicationError that a refused decision gets."""

    UNKNOWN_APPROVAL = "UNKNOWN_APPROVAL"
    NOT_AN_APPROVER = "NOT_AN_APPROVER"
    ALREADY_DECIDED = "ALREADY_DECIDED"
    OWN_WORK = "OWN_WORK"
    COMMENT_NEEDED = "COMMENT_NEEDED"
    SUBJECT_CHANGED = "SUBJECT_CHANGED"


class AuthorityQuestion(BaseModel, frozen=True):
    """May this person decide here? Asked of Postgres when the decision is made."""

    organization: str
    orchestration_id: UUID
    issue_key: str
    approval_id: UUID
    gate: Gate
    requester: Line
    decision: Decision


class Authority(BaseModel, frozen=True):
    """`refusal` is None for a person who may decide."""

    approver_id: UUID | None = None
    refusal: Refusal | None = None
    reason: str = ""
