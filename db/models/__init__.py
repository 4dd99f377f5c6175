"""Tables, and nothing else."""

from db.models.approval_links import ApprovalLink
from db.models.approvals import Approval, ApprovalDecision
from db.models.columns import Base
from db.models.fences import Fence
from db.models.git_integrations import GitIntegration, IssueOrigin, ObjectMark, UserIdentity
from db.models.identity import AuditLog, Membership, Organization, Project, User
from db.models.issues import (
    Area,
    Issue,
    IssueChange,
    IssueComment,
    IssueLabel,
    IssueRelation,
    Label,
    Status,
    StatusFlow,
)
from db.models.notifications import Notification, NotificationEndpoint, NotificationRoute
from db.models.orchestrations import (
    AgentExecution,
    AgentOutput,
    AgentReport,
    Checkpoint,
    Event,
    Orchestration,
    OrchestrationMetric,
    TaskOutcome,
)
from db.models.patterns import Pattern
from db.models.people import Delegation
from db.models.sla import BusinessCalendar, SlaDefinition, SlaViolation
from db.models.teams import Team, TeamAllocation, TeamCapacity, TeamMember
from db.models.triage import ProcessedTicket
from db.models.webhooks import WebhookEndpoint, WebhookEvent

__all__ = [
    "AgentExecution",
    "AgentOutput",
    "AgentReport",
    "Approval",
    "ApprovalDecision",
    "ApprovalLink",
    "Area",
    "AuditLog",
    "Base",
    "BusinessCalendar",
    "Checkpoint",
    "Delegation",
    "Event",
    "Fence",
    "GitIntegration",
    "Issue",
    "IssueChange",
    "IssueComment",
    "IssueLabel",
    "IssueOrigin",
    "IssueRelation",
    "Label",
    "Membership",
    "Notification",
    "NotificationEndpoint",
    "NotificationRoute",
    "ObjectMark",
    "Orchestration",
    "OrchestrationMetric",
    "Organization",
    "Pattern",
    "ProcessedTicket",
    "Project",
    "SlaDefinition",
    "SlaViolation",
    "Status",
    "StatusFlow",
    "TaskOutcome",
    "Team",
    "TeamAllocation",
    "TeamCapacity",
    "TeamMember",
    "User",
    "UserIdentity",
    "WebhookEndpoint",
    "WebhookEvent",
]
