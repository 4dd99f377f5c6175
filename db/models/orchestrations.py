"""The ledger, and the tables that are made of it."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, Numeric, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from contracts.agents import AgentStatus
from contracts.identity import ActorType
from contracts.issues import IssueType
from contracts.orchestrations import OrchestrationStatus
from contracts.phases import Phase
from db.models.columns import Base, Domain, Json, Moment, OrganizationId, one_of

MONEY = Numeric(14, 6)
# Of outcomes: what was cancelled says nothing of how such work goes.
TOOK_PART = text("NOT learnings ? 'cancelled'")


class Part(Domain):
    """A row that belongs to an orchestration."""

    orchestration_id: Mapped[UUID] = mapped_column(
        ForeignKey("orchestrations.id", ondelete="RESTRICT")
    )


class Orchestration(Domain, Base):
    __tablename__ = "orchestrations"
    __table_args__ = (
        Index(
            "uq_orchestrations_running",
            "organization_id",
            "issue_key",
            unique=True,
            postgresql_where=text("status IN ('ACTIVE', 'PAUSED')"),
        ),
        *(
            Index(None, column)
            for column in ("issue_key", "project_key", "status", "current_phase", "started_at")
        ),
        Index(None, "workflow_id"),
        one_of("status", OrchestrationStatus),
        one_of("current_phase", Phase),
    )

    project_id: Mapped[UUID] = mapped_column(ForeignKey("projects.id", ondelete="RESTRICT"))
    issue_key: Mapped[str]
    project_key: Mapped[str]
    attempt: Mapped[int]
    workflow_id: Mapped[str]
    run_id: Mapped[UUID]
    session_id: Mapped[str | None]
    playbook_version_id: Mapped[UUID | None]
    status: Mapped[str]
    current_phase: Mapped[str]
    requested_by: Mapped[str]
    assigned_to: Mapped[str | None]
    branch: Mapped[str]
    commit_sha: Mapped[str | None]
    started_at: Mapped[Moment]
    completed_at: Mapped[datetime | None]
    duration: Mapped[timedelta | None]
    tokens: Mapped[int] = mapped_column(BigInteger)
    cost: Mapped[Decimal] = mapped_column(MONEY)
    budget: Mapped[Json] = mapped_column(server_default=text("'{}'"))
    last_sequence: Mapped[int] = mapped_column(BigInteger)
    last_hash: Mapped[str]
    failure: Mapped[str | None]
    extra: Mapped[Json] = mapped_column("metadata", server_default=text("'{}'"))


class Event(Base):
    __tablename__ = "events"
    __table_args__ = (
        Index(None, "orchestration_id", "timestamp"),
        Index(None, "event_type"),
        Index(None, "correlation_id"),
        Index(None, "timestamp"),
        one_of("actor_type", ActorType),
        one_of("phase", Phase),
    )

    # Checked on commit: the first event comes before the row that is made of it.
    orchestration_id: Mapped[UUID] = mapped_column(
        ForeignKey("orchestrations.id", ondelete="RESTRICT", deferrable=True, initially="DEFERRED"),
        primary_key=True,
    )
    run_id: Mapped[UUID] = mapped_column(primary_key=True)
    sequence: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    organization_id: Mapped[OrganizationId]
    event_id: Mapped[UUID]
    event_type: Mapped[str]
    timestamp: Mapped[Moment]
    recorded_at: Mapped[Moment] = mapped_column(server_default=func.now())
    phase: Mapped[str | None]
    agent_name: Mapped[str | None]
    actor_type: Mapped[str]
    actor_id: Mapped[str | None]
    actor_email: Mapped[str | None]
    source: Mapped[str | None]
    correlation_id: Mapped[UUID | None]
    causation_id: Mapped[UUID | None]
    payload: Mapped[Json]
    extra: Mapped[Json] = mapped_column("metadata", server_default=text("'{}'"))
    hash: Mapped[str]
    previous_hash: Mapped[str]


class Checkpoint(Part, Base):
    __tablename__ = "checkpoints"
    __table_args__ = (UniqueConstraint("orchestration_id", "sequence"), one_of("phase", Phase))

    sequence: Mapped[int] = mapped_column(BigInteger)
    phase: Mapped[str]
    commit_sha: Mapped[str]
    state: Mapped[Json]


class AgentExecution(Part, Base):
    __tablename__ = "agent_executions"
    __table_args__ = (
        UniqueConstraint("orchestration_id", "phase", "round", "agent_name"),
        Index(None, "orchestration_id"),
        Index(None, "agent_name"),
        Index(None, "status"),
        Index(None, "started_at"),
        one_of("phase", Phase),
        one_of("status", AgentStatus),
    )

    phase: Mapped[str]
    round: Mapped[int]
    agent_name: Mapped[str]
    runner: Mapped[str]
    provider: Mapped[str | None]
    model: Mapped[str | None]
    status: Mapped[str]
    started_at: Mapped[Moment]
    completed_at: Mapped[datetime | None]
    duration: Mapped[timedelta | None]
    input: Mapped[Json]
    result: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    output_id: Mapped[UUID | None]
    error_type: Mapped[str | None]
    error_message: Mapped[str | None]
    tokens_in: Mapped[int] = mapped_column(BigInteger)
    tokens_out: Mapped[int] = mapped_column(BigInteger)
    cost: Mapped[Decimal] = mapped_column(MONEY)


class AgentOutput(Part, Base):
    __tablename__ = "agent_outputs"
    __table_args__ = (Index(None, "sha256"),)

    sha256: Mapped[str]
    bytes: Mapped[bytes]
    size: Mapped[int] = mapped_column(BigInteger)
    truncated: Mapped[bool]


class AgentReport(Part, Base):
    """A step's one stored result, written before its commit is pushed. Not made of events."""

    __tablename__ = "agent_reports"
    __table_args__ = (
        UniqueConstraint("orchestration_id", "step_key"),
        Index(None, "organization_id", "created_at"),
    )

    step_key: Mapped[str]
    attempt: Mapped[int]
    commit_sha: Mapped[str | None]
    report: Mapped[Json]
    tokens: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    cost: Mapped[Decimal] = mapped_column(MONEY, server_default=text("0"))


class OrchestrationMetric(Part, Base):
    __tablename__ = "orchestration_metrics"
    __table_args__ = (
        Index(None, "orchestration_id"),
        Index(None, "metric_type"),
        Index(None, "timestamp"),
        one_of("phase", Phase),
    )

    phase: Mapped[str | None]
    metric_type: Mapped[str]
    value: Mapped[Decimal]
    test_coverage: Mapped[Decimal | None]
    bug_count: Mapped[int | None]
    code_quality_score: Mapped[Decimal | None]
    tokens_used: Mapped[int | None] = mapped_column(BigInteger)
    estimated_cost: Mapped[Decimal | None] = mapped_column(MONEY)
    timestamp: Mapped[Moment]


class TaskOutcome(Part, Base):
    __tablename__ = "task_outcomes"
    __table_args__ = (
        *(
            Index(None, column)
            for column in ("issue_key", "issue_type", "success", "timestamp", "orchestration_id")
        ),
        Index(None, "pattern_id", "issue_type"),
        Index("ix_task_outcomes_counted", "pattern_id", "success", postgresql_where=TOOK_PART),
        Index(
            "ix_task_outcomes_newest",
            *("pattern_id", text("timestamp DESC"), "issue_key"),
            postgresql_where=TOOK_PART,
        ),
        one_of("issue_type", IssueType),
    )

    pattern_id: Mapped[UUID | None] = mapped_column(ForeignKey("patterns.id", ondelete="RESTRICT"))
    issue_key: Mapped[str]
    issue_type: Mapped[str]
    success: Mapped[bool]
    duration: Mapped[timedelta]
    complexity: Mapped[str | None]
    story_points: Mapped[Decimal | None]
    agents_used: Mapped[list[str]] = mapped_column(ARRAY(Text))
    tests_passed: Mapped[bool | None]
    bug_count: Mapped[int | None]
    rework_count: Mapped[int]
    learnings: Mapped[Json]
    timestamp: Mapped[Moment]
