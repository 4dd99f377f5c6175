"""What agents did."""

from datetime import timedelta
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field

from contracts.agents import PlanStep, RelevantFile, TestReport, Usage
from contracts.text import Comment, Line


class AgentSpawned(BaseModel, frozen=True):
    type: Literal["AgentSpawned"] = "AgentSpawned"
    round: int
    runner: str
    step: str
    base_commit: str


class AgentCompleted(BaseModel, frozen=True):
    """`authors`: whom the commits name that were pushed while a person was waited for, by e-mail
    address. `lost`: see AgentResult."""

    type: Literal["AgentCompleted"] = "AgentCompleted"
    round: int
    duration: timedelta
    summary: Comment
    findings: tuple[Comment, ...] = ()
    relevant: tuple[RelevantFile, ...] = ()
    plan: tuple[PlanStep, ...] = ()
    files_changed: int = 0
    usage: Usage = Usage()
    output_id: UUID | None = None
    # Left out of what is written where nobody is named: hashes of older events stay.
    authors: tuple[Line, ...] = Field(default=(), exclude_if=lambda authors: not authors)
    lost: int = Field(default=0, exclude_if=lambda lost: not lost)


class AgentFailed(BaseModel, frozen=True):
    type: Literal["AgentFailed"] = "AgentFailed"
    round: int
    duration: timedelta
    error_type: str
    error_message: Comment
    usage: Usage = Usage()
    output_id: UUID | None = None
    cancelled: bool = False
    lost: int = Field(default=0, exclude_if=lambda lost: not lost)


class AgentBlocked(BaseModel, frozen=True):
    type: Literal["AgentBlocked"] = "AgentBlocked"
    round: int
    duration: timedelta
    question: Comment
    usage: Usage = Usage()
    output_id: UUID | None = None


class CommitCreated(BaseModel, frozen=True):
    type: Literal["CommitCreated"] = "CommitCreated"
    commit: str
    branch: str
    files: tuple[str, ...] = ()


class TestRunCompleted(BaseModel, frozen=True):
    __test__ = False  # Not a test, whatever pytest thinks of its name.

    type: Literal["TestRunCompleted"] = "TestRunCompleted"
    round: int
    report: TestReport
