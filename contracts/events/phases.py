"""What becomes of phases, and what is kept to go on from."""

from datetime import timedelta
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


class RecoverySucceeded(BaseModel, frozen=True):
    """A repeated step found its own stored report and did nothing twice."""

    type: Literal["RecoverySucceeded"] = "RecoverySucceeded"
    step: str
