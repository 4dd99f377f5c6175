"""What was asked at gates, and what became of it."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel

from contracts.approvals import DecisionChannel, DecisionKind
from contracts.levels import Approver
from contracts.playbooks import Gate
from contracts.text import Comment


class ApprovalRequested(BaseModel, frozen=True):
    """Once for each level that is asked: `first` for the one that the approval begins with.
    `approvers` are those of the level; nobody where no level's condition held."""

    type: Literal["ApprovalRequested"] = "ApprovalRequested"
    approval_id: UUID
    gate: Gate
    revision: int
    subject_hash: str
    subject: dict[str, Any]
    expires_at: datetime
    level: int = 1
    first: bool = True
    approvers: tuple[Approver, ...] | None = None

    def words(self) -> str:
        """Whom it is asked."""
        stages = self.gate.stages
        return stages[min(self.level, len(stages)) - 1].words()


class _Decided(BaseModel, frozen=True):
    """`approver_id` is None for what a rule decided. `settles`: nobody else is asked after it."""

    approval_id: UUID
    gate: str
    decision: DecisionKind
    approver_id: UUID | None
    on_behalf_of: UUID | None = None
    level: int = 1
    settles: bool = True
    comment: Comment = ""
    channel: DecisionChannel
    verified: bool = False


class ApprovalGranted(_Decided, frozen=True):
    type: Literal["ApprovalGranted"] = "ApprovalGranted"


class ApprovalRejected(_Decided, frozen=True):
    """Also for REQUEST_CHANGES: what was shown is not approved, and is made anew."""

    type: Literal["ApprovalRejected"] = "ApprovalRejected"


class ApprovalDelegated(BaseModel, frozen=True):
    """`scope` as contracts/delegations.py spells it."""

    type: Literal["ApprovalDelegated"] = "ApprovalDelegated"
    from_id: UUID
    to_id: UUID
    to: str
    scope: str
    until: datetime
    comment: Comment = ""


class ApprovalEscalated(BaseModel, frozen=True):
    """The level's time is over: `approvers` may decide as well, until `expires_at`."""

    type: Literal["ApprovalEscalated"] = "ApprovalEscalated"
    approval_id: UUID
    gate: str
    level: int
    step: int
    approvers: tuple[Approver, ...]
    expires_at: datetime


class ApprovalExpired(BaseModel, frozen=True):
    type: Literal["ApprovalExpired"] = "ApprovalExpired"
    approval_id: UUID
    gate: str
    level: int = 1


class ApprovalVoided(BaseModel, frozen=True):
    """`granted`: it had been approved before, so nobody was awaited for it any more."""

    type: Literal["ApprovalVoided"] = "ApprovalVoided"
    approval_id: UUID
    gate: str
    reason: Comment
    granted: bool = False
