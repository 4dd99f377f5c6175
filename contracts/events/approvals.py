"""What was asked at gates, and what became of it."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel

from contracts.approvals import DecisionChannel, DecisionKind
from contracts.playbooks import Gate
from contracts.text import Comment


class ApprovalRequested(BaseModel, frozen=True):
    type: Literal["ApprovalRequested"] = "ApprovalRequested"
    approval_id: UUID
    gate: Gate
    revision: int
    subject_hash: str
    subject: dict[str, Any]
    expires_at: datetime


class _Decided(BaseModel, frozen=True):
    approval_id: UUID
    gate: str
    decision: DecisionKind
    approver_id: UUID
    comment: Comment = ""
    channel: DecisionChannel
    verified: bool = False


class ApprovalGranted(_Decided, frozen=True):
    type: Literal["ApprovalGranted"] = "ApprovalGranted"


class ApprovalRejected(_Decided, frozen=True):
    """Also for REQUEST_CHANGES: what was shown is not approved, and is made anew."""

    type: Literal["ApprovalRejected"] = "ApprovalRejected"


class ApprovalExpired(BaseModel, frozen=True):
    type: Literal["ApprovalExpired"] = "ApprovalExpired"
    approval_id: UUID
    gate: str


class ApprovalVoided(BaseModel, frozen=True):
    type: Literal["ApprovalVoided"] = "ApprovalVoided"
    approval_id: UUID
    gate: str
    reason: Comment
