"""The facts of an orchestration: one class each, told apart by `type`."""

from typing import Annotated

from pydantic import Field, TypeAdapter

from contracts.events.agents import (
    AgentBlocked,
    AgentCompleted,
    AgentFailed,
    AgentSpawned,
    CommitCreated,
    TestRunCompleted,
)
from contracts.events.approvals import (
    ApprovalDelegated,
    ApprovalEscalated,
    ApprovalExpired,
    ApprovalGranted,
    ApprovalRejected,
    ApprovalRequested,
    ApprovalVoided,
)
from contracts.events.budgets import (
    BudgetEscalated,
    BudgetExceeded,
    BudgetRaised,
    BudgetRefused,
    BudgetWithdrawn,
)
from contracts.events.notifications import NotificationRequested
from contracts.events.orchestrations import (
    OrchestrationCancelled,
    OrchestrationCompleted,
    OrchestrationFailed,
    OrchestrationPaused,
    OrchestrationResumed,
    OrchestrationStarted,
    RunReset,
)
from contracts.events.people import (
    GuidanceGiven,
    QuestionAnswered,
    QuestionAsked,
    QuestionWithdrawn,
)
from contracts.events.phases import (
    CheckpointCreated,
    CheckpointRestored,
    PhaseCompleted,
    PhaseFailed,
    PhaseSkipped,
    PhaseStarted,
    RecoverySucceeded,
)
from contracts.events.sla import SlaAcknowledged, SlaCritical, SlaViolated, SlaWarned

Event = Annotated[
    OrchestrationStarted
    | OrchestrationCompleted
    | OrchestrationFailed
    | OrchestrationCancelled
    | OrchestrationPaused
    | OrchestrationResumed
    | RunReset
    | PhaseStarted
    | PhaseCompleted
    | PhaseFailed
    | PhaseSkipped
    | CheckpointCreated
    | CheckpointRestored
    | RecoverySucceeded
    | AgentSpawned
    | AgentCompleted
    | AgentFailed
    | AgentBlocked
    | CommitCreated
    | TestRunCompleted
    | ApprovalRequested
    | ApprovalGranted
    | ApprovalRejected
    | ApprovalDelegated
    | ApprovalEscalated
    | ApprovalExpired
    | ApprovalVoided
    | NotificationRequested
    | GuidanceGiven
    | QuestionAsked
    | QuestionAnswered
    | QuestionWithdrawn
    | BudgetExceeded
    | BudgetEscalated
    | BudgetRaised
    | BudgetRefused
    | BudgetWithdrawn
    | SlaWarned
    | SlaCritical
    | SlaViolated
    | SlaAcknowledged,
    Field(discriminator="type"),
]

EVENT: TypeAdapter[Event] = TypeAdapter(Event)

__all__ = [
    "EVENT",
    "AgentBlocked",
    "AgentCompleted",
    "AgentFailed",
    "AgentSpawned",
    "ApprovalDelegated",
    "ApprovalEscalated",
    "ApprovalExpired",
    "ApprovalGranted",
    "ApprovalRejected",
    "ApprovalRequested",
    "ApprovalVoided",
    "BudgetEscalated",
    "BudgetExceeded",
    "BudgetRaised",
    "BudgetRefused",
    "BudgetWithdrawn",
    "CheckpointCreated",
    "CheckpointRestored",
    "CommitCreated",
    "Event",
    "GuidanceGiven",
    "NotificationRequested",
    "OrchestrationCancelled",
    "OrchestrationCompleted",
    "OrchestrationFailed",
    "OrchestrationPaused",
    "OrchestrationResumed",
    "OrchestrationStarted",
    "PhaseCompleted",
    "PhaseFailed",
    "PhaseSkipped",
    "PhaseStarted",
    "QuestionAnswered",
    "QuestionAsked",
    "QuestionWithdrawn",
    "RecoverySucceeded",
    "RunReset",
    "SlaAcknowledged",
    "SlaCritical",
    "SlaViolated",
    "SlaWarned",
    "TestRunCompleted",
]
