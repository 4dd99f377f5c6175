"""Gates: what is asked, who decides, and why a decision may be refused."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel, Field

from contracts.playbooks import Gate
from contracts.text import Comment, Line

# Of a subject's hash, what a request quotes as its short code.
CODE_LENGTH = 8


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
    `subject_hash` it counts only for that content, and with both `gate` and `subject_hash` it may
    come before it is asked for. `by` is an e-mail address, or `provider:account` of one of
    IdentityProvider. `vouched`: the channel knows that it is that person; believed only with
    a `signature` (policy/decision_signatures.py) made at `at`."""

    decision: DecisionKind
    by: Line = Field(min_length=1)
    comment: Comment = ""
    approval_id: UUID | None = None
    gate: str | None = None
    subject_hash: str | None = None
    channel: DecisionChannel = DecisionChannel.TEMPORAL
    vouched: bool = False
    at: datetime | None = None
    signature: str | None = Field(default=None, max_length=200)


class Refusal(StrEnum):
    """The `type` of the ApplicationError that a refused decision gets."""

    UNKNOWN_APPROVAL = "UNKNOWN_APPROVAL"
    NOT_AN_APPROVER = "NOT_AN_APPROVER"
    ALREADY_DECIDED = "ALREADY_DECIDED"
    OWN_WORK = "OWN_WORK"
    FOUR_EYES = "FOUR_EYES"
    COMMENT_NEEDED = "COMMENT_NEEDED"
    SUBJECT_CHANGED = "SUBJECT_CHANGED"
    UNVERIFIED = "UNVERIFIED"
    BAD_DELEGATION = "BAD_DELEGATION"


class Objection(BaseModel, frozen=True):
    """What speaks against a decision, whoever made it."""

    refusal: Refusal
    reason: str


class Vote(BaseModel, frozen=True):
    """An approval that counts. `seats` are the places among the level's approvers that this
    person may take."""

    level: int
    approver_id: UUID
    on_behalf_of: UUID | None = None
    seats: tuple[int, ...] = ()

    @property
    def people(self) -> frozenset[UUID]:
        return frozenset(one for one in (self.approver_id, self.on_behalf_of) if one is not None)


class AuthorityQuestion(BaseModel, frozen=True):
    """May this person decide here? Asked of Postgres when the decision is made. `level` counts
    from 1. With an `objection` it is refused in any case, and only written down. `once` names the
    try: two are not one because they say the same."""

    organization: str
    orchestration_id: UUID
    issue_key: str
    approval_id: UUID
    gate: Gate
    level: int = 1
    escalated: int = 0
    votes: tuple[Vote, ...] = ()
    requester: Line
    ticket_hash: str | None = None
    decision: Decision
    heard_at: datetime | None = None
    once: str | None = None
    objection: Objection | None = None


class Authority(BaseModel, frozen=True):
    """`refusal` is None for a person who may decide. `ticket_hash` is that of the ticket as it
    reads now, if that is not what was asked about."""

    approver_id: UUID | None = None
    on_behalf_of: UUID | None = None
    seats: tuple[int, ...] = ()
    verified: bool = False
    refusal: Refusal | None = None
    reason: str = ""
    ticket_hash: str | None = None


class ApproversQuestion(BaseModel, frozen=True):
    """Who is still awaited at a level, by name?"""

    organization: str
    gate: Gate
    level: int
    escalated: int = 0
    votes: tuple[Vote, ...] = ()


class AnswerQuestion(BaseModel, frozen=True):
    """May this person answer an agent?"""

    organization: str
    orchestration_id: UUID
    issue_key: str
    by: Line
    text: Comment
