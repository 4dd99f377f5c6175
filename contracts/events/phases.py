"""What becomes of phases, and what is measured on the way."""

from datetime import timedelta
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel

from contracts.orchestrations import CheckpointState
from contracts.text import Comment


class PhaseStarted(BaseModel, frozen=True):
    type: Literal["PhaseStarted"] = "PhaseStarted"
    round: int


class PhaseCompleted(BaseModel, frozen=True):
    type: Literal["PhaseCompleted"] = "PhaseCompleted"
    round: int
    duration: timedelta
    note: Comment = ""


class PhaseFailed(BaseModel, frozen=True):
    type: Literal["PhaseFailed"] = "PhaseFailed"
    round: int
    duration: timedelta
    error_type: str
    reason: Comment


class PhaseSkipped(BaseModel, frozen=True):
    type: Literal["PhaseSkipped"] = "PhaseSkipped"
    round: int
    reason: Comment


class CheckpointCreated(BaseModel, frozen=True):
    type: Literal["CheckpointCreated"] = "CheckpointCreated"
    commit: str
    state: CheckpointState


class CheckpointRestored(BaseModel, frozen=True):
    type: Literal["CheckpointRestored"] = "CheckpointRestored"
    commit: str
    state: CheckpointState


class MetricRecorded(BaseModel, frozen=True):
    """`metric_type` is snake_case; `value` has the unit its name says."""

    type: Literal["MetricRecorded"] = "MetricRecorded"
    metric_type: str
    value: Decimal
    test_coverage: Decimal | None = None
    bug_count: int | None = None
    tokens_used: int | None = None
    estimated_cost: Decimal | None = None


class ErrorOccurred(BaseModel, frozen=True):
    type: Literal["ErrorOccurred"] = "ErrorOccurred"
    error_type: str
    message: Comment


class RecoverySucceeded(BaseModel, frozen=True):
    """A repeated step found its own stored report and did nothing twice."""

    type: Literal["RecoverySucceeded"] = "RecoverySucceeded"
    step: str
