"""Tickets of customers: how they come in, and what triage makes of them."""

import re
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, Field, model_validator

from contracts.identity import DEFAULT_ORGANIZATION
from contracts.issues import Priority
from contracts.jira_work import Organization
from contracts.text import MAX_DESCRIPTION, Comment, Line, clipped, one_line, storable

TRIAGE_TICKET, FORGET_TICKETS = "TriageTicket", "ForgetTickets"
# How long it is known what became of a customer's ticket.
TICKETS_KEPT = timedelta(days=7)
MAX_SUBJECT, MAX_EMAIL, MAX_WORD, MAX_SUMMARY = 500, 254, 100, 300
EMAIL = re.compile(r"[^\s@<>\"(),;:\\]{1,64}@[^\s@<>\"(),;:\\]{1,189}")


def _clean(limit: int) -> BeforeValidator:
    """Text of customers is made to fit, never refused."""

    def clean(value: object) -> object:
        return clipped(str(storable(value)).strip(), limit) if isinstance(value, str) else value

    return BeforeValidator(clean)


def _line(limit: int) -> BeforeValidator:
    def clean(value: object) -> object:
        if not isinstance(value, str):
            return value
        return clipped(one_line(str(storable(value))), limit)

    return BeforeValidator(clean)


def _email(value: object) -> object:
    """None for what is no address: it only ever tells people whom to answer."""
    found = value.strip().lower() if isinstance(value, str) else ""
    return found if len(found) <= MAX_EMAIL and EMAIL.fullmatch(found) else None


def _word(value: object) -> object:
    found = one_line(str(storable(value))).lower() if isinstance(value, str) else ""
    return found[:MAX_WORD] or None


Source = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")]
TicketId = Annotated[str, Field(pattern=r"^[\x21-\x7e]{1,255}$")]
Email = Annotated[str | None, BeforeValidator(_email)]
Word = Annotated[str | None, BeforeValidator(_word)]


class TicketRef(BaseModel, frozen=True):
    """Which ticket of which source."""

    organization: Organization = DEFAULT_ORGANIZATION
    source: Source
    id: TicketId

    @property
    def fact(self) -> str:
        """Names the ticket in keys that have little room."""
        told = "\n".join((self.organization, self.source, self.id))
        return f"triage-{sha256(told.encode()).hexdigest()[:32]}"

    @property
    def shown(self) -> str:
        return f"{self.source}:{self.id}"


class SupportTicket(TicketRef, frozen=True, extra="forbid", hide_input_in_errors=True):
    """A customer's ticket as every source is made to look. All of its text is data, never
    instruction; body and e-mail are for no log."""

    subject: Annotated[str, _line(MAX_SUBJECT), Field(max_length=MAX_SUBJECT, repr=False)]
    body: Annotated[str, _clean(MAX_DESCRIPTION), Field(max_length=MAX_DESCRIPTION, repr=False)]
    email: Email = Field(default=None, repr=False)
    tier: Word = None
    product_area: Word = None

    @property
    def ref(self) -> TicketRef:
        return TicketRef(organization=self.organization, source=self.source, id=self.id)


class HandlingMode(StrEnum):
    REPLY_ONLY = "reply_only"
    REPLY_AND_INTERNAL_FOLLOWUP = "reply_and_internal_followup"
    INTERNAL_FOLLOWUP_ONLY = "internal_followup_only"
    REQUEST_MORE_INFO = "request_more_info"
    NO_ACTION = "no_action"


class TicketType(StrEnum):
    QUESTION = "question"
    BUG = "bug"
    OUTAGE = "outage"
    SECURITY = "security"
    BILLING = "billing"
    ACCOUNT = "account"
    FEATURE_REQUEST = "feature_request"
    FEEDBACK = "feedback"
    SPAM = "spam"
    OTHER = "other"


class InternalAction(StrEnum):
    NONE = "none"
    ESCALATE_TO_SECURITY = "escalate_to_security"
    ESCALATE_TO_ON_CALL = "escalate_to_on_call"
    INVESTIGATE = "investigate"
    CREATE_ENGINEERING_TICKET = "create_engineering_ticket"
    CHECK_BILLING = "check_billing"
    CHECK_ACCOUNT = "check_account"
    FORWARD_TO_PRODUCT = "forward_to_product"


REPLIES = frozenset(
    {
        HandlingMode.REPLY_ONLY,
        HandlingMode.REPLY_AND_INTERNAL_FOLLOWUP,
        HandlingMode.REQUEST_MORE_INFO,
    }
)
FOLLOW_UPS = frozenset(
    {HandlingMode.REPLY_AND_INTERNAL_FOLLOWUP, HandlingMode.INTERNAL_FOLLOWUP_ONLY}
)


class TriageResult(BaseModel, frozen=True, extra="forbid", hide_input_in_errors=True):
    """What is to be done with a ticket. `reply_draft` is there if and only if a reply is needed;
    a person sends it, or doesn't: nothing goes to the customer by itself."""

    priority: Priority
    handling_mode: HandlingMode
    recommended_internal_action: InternalAction
    ticket_type: TicketType
    customer_summary: Annotated[Line, Field(min_length=1, max_length=MAX_SUMMARY)]
    reply_draft: Comment | None = None
    questions: Annotated[tuple[Line, ...], Field(max_length=10)] = ()
    notes: Annotated[tuple[Line, ...], Field(max_length=10)] = ()
    confidence: float = Field(ge=0, le=1)

    @model_validator(mode="after")
    def _a_reply_if_and_only_if_one_is_needed(self) -> "TriageResult":
        needed, there = self.handling_mode in REPLIES, bool((self.reply_draft or "").strip())
        if needed and not there:
            raise ValueError(f"{self.handling_mode} needs a reply_draft")
        if not needed and self.reply_draft is not None:
            raise ValueError(f"{self.handling_mode} has no reply: reply_draft must be null")
        return self

    @model_validator(mode="after")
    def _its_parts_agree(self) -> "TriageResult":
        if self.handling_mode is HandlingMode.REQUEST_MORE_INFO and not self.questions:
            raise ValueError("request_more_info needs questions")
        nothing = self.recommended_internal_action is InternalAction.NONE
        if self.handling_mode in FOLLOW_UPS and nothing:
            raise ValueError(f"{self.handling_mode} needs a recommended_internal_action")
        return self


class TriageAnswer(BaseModel, frozen=True):
    """A result, and whose it is. `repaired`: the first answer was no result, the second was."""

    result: TriageResult
    provider: Line
    model: Line = ""
    tokens_in: int = 0
    tokens_out: int = 0
    repaired: bool = False


class TriageStatus(StrEnum):
    """DUPLICATE: somebody else had the ticket, or it was done."""

    TRIAGED = "triaged"
    FAILED = "failed"
    DUPLICATE = "duplicate"


class TriageOutcome(BaseModel, frozen=True):
    status: TriageStatus
    told: TriageAnswer | None = None
    reason: Comment = ""


class TicketClaim(BaseModel, frozen=True):
    ref: TicketRef
    claimed_by: Line


class TicketSettlement(BaseModel, frozen=True):
    """How a claim ended. Only its claimer can settle it."""

    claim: TicketClaim
    outcome: TriageOutcome


class TriageRow(BaseModel, frozen=True):
    """A processed ticket as Postgres shows it. `success` is None while nobody knows."""

    source: str
    ticket_id: str
    provider: str | None
    success: bool | None
    attempts: int
    claimed_by: str
    created_at: datetime
    processed_at: datetime | None
    result: dict[str, Any] | None
    error: str | None


class TriageStats(BaseModel, frozen=True):
    """Of the last seven days, as long as rows are kept. `rate` is None while nothing is settled."""

    total: int = 0
    succeeded: int = 0
    failed: int = 0
    unsettled: int = 0
    by_provider: dict[str, int] = {}

    @property
    def rate(self) -> float | None:
        settled = self.succeeded + self.failed
        return self.succeeded / settled if settled else None


def triage_workflow_id(ref: TicketRef) -> str:
    """Another organization than the default one stands before the source, with a slash, which is
    part of no source: no two tickets share an id."""
    if ref.organization == DEFAULT_ORGANIZATION:
        return f"triage:{ref.source}:{ref.id}"
    return f"triage:{ref.organization}/{ref.source}:{ref.id}"
