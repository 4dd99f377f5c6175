"""Delegations: somebody decides in another's place, for a time."""

from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field

from contracts.approvals import Refusal
from contracts.issues import project_of
from contracts.text import Comment, Line

LONGEST = timedelta(days=30)


class DelegationScope(StrEnum):
    """The ticket that it is said to, its project, or everything."""

    ISSUE = "issue"
    PROJECT = "project"
    ORGANIZATION = "organization"


class Delegation(BaseModel, frozen=True):
    """`by` lets `to` decide in their place. It gives away no more than `by` may at the moment of
    each decision."""

    by: Line = Field(min_length=1)
    to: Line = Field(min_length=1)
    until: AwareDatetime
    scope: DelegationScope = DelegationScope.ISSUE
    comment: Comment = ""
    vouched: bool = False
    at: datetime | None = None
    signature: str | None = Field(default=None, max_length=200)


class DelegationQuestion(BaseModel, frozen=True):
    organization: str
    orchestration_id: UUID
    issue_key: str
    delegation: Delegation
    heard_at: datetime


class DelegationAuthority(BaseModel, frozen=True):
    """Who the two are; or why not."""

    from_id: UUID | None = None
    to_id: UUID | None = None
    refusal: Refusal | None = None
    reason: str = ""


def scope_of(scope: DelegationScope, issue_key: str) -> str:
    """As it stands in the table."""
    match scope:
        case DelegationScope.ISSUE:
            return f"issue:{issue_key}"
        case DelegationScope.PROJECT:
            return f"project:{project_of(issue_key)}"
        case DelegationScope.ORGANIZATION:
            return "organization"
