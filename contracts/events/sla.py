"""What became of service levels."""

from datetime import datetime, timedelta
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel

from contracts.sla import SlaSeverity
from contracts.text import Comment, Line


class _Reached(BaseModel, frozen=True):
    """`at` is when the clock reached it, however late that was noticed; `actual` is what it had
    counted when it was noticed, and `exceeded_by` how far that is beyond the target. `tell` is
    who is to hear of it, as the definition says."""

    sla_id: UUID
    sla: Line
    at: datetime
    target: timedelta
    actual: timedelta
    exceeded_by: timedelta
    tell: tuple[Line, ...] = ()


class SlaWarned(_Reached, frozen=True):
    severity: ClassVar = SlaSeverity.WARNING
    type: Literal["SlaWarned"] = "SlaWarned"


class SlaCritical(_Reached, frozen=True):
    severity: ClassVar = SlaSeverity.CRITICAL
    type: Literal["SlaCritical"] = "SlaCritical"


class SlaViolated(_Reached, frozen=True):
    severity: ClassVar = SlaSeverity.BREACH
    type: Literal["SlaViolated"] = "SlaViolated"


class SlaAcknowledged(BaseModel, frozen=True):
    type: Literal["SlaAcknowledged"] = "SlaAcknowledged"
    sla_id: UUID
    sla: Line
    severity: SlaSeverity
    comment: Comment = ""
