"""The tables as they were agreed on: `?` is nullable, an index is its columns in their order."""

from dataclasses import dataclass, field
from enum import StrEnum

from contracts.agents import AgentStatus
from contracts.approvals import ApprovalStatus, DecisionChannel, DecisionKind
from contracts.commands import GitProvider, IdentityProvider, PullRequestStage
from contracts.identity import ActorType, Role
from contracts.issues import IssueType, Priority
from contracts.notifications import Channel, NotificationStatus
from contracts.orchestrations import OrchestrationStatus
from contracts.phases import Phase
from contracts.sla import SlaKind, SlaSeverity
from contracts.teams import AllocationState
from contracts.webhooks import WebhookSource, WebhookStatus

DOMAIN = "id uuid, organization_id uuid, created_at timestamptz, updated_at timestamptz"
PART = f"{DOMAIN}, orchestration_id uuid"
Values = type[StrEnum] | tuple[str, ...]


@dataclass(frozen=True)
class Table:
    columns: str
    unique: tuple[str, ...] = ()
    indexes: tuple[str, ...] = ()
    checks: dict[str, Values] = field(default_factory=dict)


TABLES = {
    "organizations": Table(
        "id uuid, created_at timestamptz, updated_at timestamptz, "
        "slug text, name text, plan text, settings jsonb",
        unique=("slug",),
        checks={"plan": ("FREE", "PROFESSIONAL", "ENTERPRISE")},
    ),
    "users": Table(
        f"{DOMAIN}, email text, name text, avatar text?, preferences jsonb, "
        "password_hash text?, active bool",
        unique=("organization_id, lower(email)",),
        indexes=("email",),
    ),
    "memberships": Table(
        f"{DOMAIN}, user_id uuid, role text",
        unique=("organization_id, user_id",),
        checks={"role": Role},
    ),
    "teams": Table(
        f"{DOMAIN}, name text, description text?, skills jsonb, constraints jsonb, "
        "capacity_hours numeric?, avg_velocity numeric?, active bool",
        unique=("organization_id, name",),
    ),
    "team_members": Table(
        f"{DOMAIN}, team_id uuid, user_id uuid, role text", unique=("team_id, user_id",)
    ),
    "team_capacity": Table(
        f"{DOMAIN}, team_id uuid, sprint_id text, sprint_name text?, total_capacity numeric, "
        "allocated_hours numeric, remaining_hours numeric?, planned_points numeric?, "
        "completed_points numeric?, start_date date, end_date date",
        unique=("team_id, sprint_id",),
        checks={"dates": ()},
    ),
    "team_allocations": Table(
        f"{PART}, team_id uuid, sprint_id text?, hours numeric, state text",
        unique=("orchestration_id",),
        indexes=("team_id, sprint_id",),
        checks={"state": AllocationState},
    ),
    "patterns": Table(
        f"{DOMAIN}, pattern_type text, name text, signature jsonb, template jsonb?, "
        "usage_count int4, success_count int4, success_rate numeric?, issue_types _text, "
        "example_issues _text, active bool",
        indexes=("pattern_type", "success_rate", "organization_id"),
        checks={"pattern_type": IssueType},
    ),
    "delegations": Table(
        f"{PART}, from_user_id uuid, to_user_id uuid, scope text, until timestamptz",
        indexes=("from_user_id, until",),
    ),
    "projects": Table(
        f"{DOMAIN}, key text, name text, description text?, repo_url text, tracker text, "
        "status text, start_date date?, end_date date?, git_credential bytea?, "
        "tracker_credential bytea?, config jsonb, last_seen timestamptz?",
        unique=("organization_id, key", "organization_id, repo_url"),
        indexes=("organization_id, status",),
        checks={
            "tracker": ("local", "jira"),
            "status": ("ACTIVE", "ARCHIVED", "COMPLETED", "ON_HOLD"),
        },
    ),
    "issues": Table(
        f"{DOMAIN}, project_id uuid, key text, title text, description text, type text, "
        "priority text, status_id uuid?, area_id uuid?, parent_issue_id uuid?, reporter_id uuid?, "
        "assignee_id uuid?, acceptance_criteria text?, estimate numeric?, start_date date?, "
        "due_date date?, completed_at timestamptz?, tracker_version text?, search tsvector",
        unique=("organization_id, key",),
        indexes=(
            *("project_id", "area_id", "status_id", "priority", "parent_issue_id", "assignee_id"),
            *("due_date", "start_date", "assignee_id, created_at", "assignee_id, updated_at"),
            "search",
        ),
        checks={"type": IssueType, "priority": Priority},
    ),
    "areas": Table(
        f"{DOMAIN}, name text, description text?, color text", unique=("organization_id, name",)
    ),
    "labels": Table(
        f"{DOMAIN}, name text, description text?, color text", unique=("organization_id, name",)
    ),
    "issue_labels": Table(
        f"{DOMAIN}, issue_id uuid, label_id uuid", unique=("issue_id, label_id",)
    ),
    "status_flows": Table(
        f"{DOMAIN}, name text, project_id uuid?, transitions jsonb",
        unique=("organization_id, name",),
    ),
    "statuses": Table(
        f"{DOMAIN}, flow_id uuid, name text, color text, position int4, is_closed bool",
        unique=("flow_id, position", "flow_id, name"),
    ),
    "issue_relations": Table(
        f"{DOMAIN}, source_issue_id uuid, target_issue_id uuid, relation_type text",
        unique=("source_issue_id, target_issue_id, relation_type",),
        checks={"relation_type": ("BLOCKS", "RELATES_TO", "DUPLICATES")},
    ),
    "issue_comments": Table(
        f"{DOMAIN}, issue_id uuid, author text, body text, external_id text?, source text",
        unique=("issue_id, external_id",),
        indexes=("issue_id, created_at",),
    ),
    "issue_changes": Table(
        f"{DOMAIN}, issue_id uuid, field text, old text?, new text?, actor text",
        indexes=("issue_id, created_at",),
    ),
    "orchestrations": Table(
        f"{DOMAIN}, project_id uuid, issue_key text, project_key text, attempt int4, "
        "workflow_id text, run_id uuid, session_id text?, playbook_version_id uuid?, status text, "
        "current_phase text, requested_by text, assigned_to text?, branch text, commit_sha text?, "
        "started_at timestamptz, completed_at timestamptz?, duration interval?, tokens int8, "
        "cost numeric, budget jsonb, last_sequence int8, last_hash text, failure text?, "
        "metadata jsonb",
        unique=("organization_id, issue_key where status",),
        indexes=("issue_key", "project_key", "status", "current_phase", "started_at"),
        checks={"status": OrchestrationStatus, "current_phase": Phase},
    ),
    "events": Table(
        "orchestration_id uuid, run_id uuid, sequence int8, organization_id uuid, event_id uuid, "
        "event_type text, timestamp timestamptz, recorded_at timestamptz, phase text?, "
        "agent_name text?, actor_type text, actor_id text?, actor_email text?, source text?, "
        "correlation_id uuid?, causation_id uuid?, payload jsonb, metadata jsonb, hash text, "
        "previous_hash text",
        unique=("orchestration_id, run_id, sequence",),
        indexes=("orchestration_id, timestamp", "event_type", "correlation_id", "timestamp"),
        checks={"actor_type": ActorType, "phase": Phase},
    ),
    "checkpoints": Table(
        f"{PART}, sequence int8, phase text, commit_sha text, state jsonb",
        unique=("orchestration_id, sequence",),
        checks={"phase": Phase},
    ),
    "agent_executions": Table(
        f"{PART}, phase text, round int4, agent_name text, runner text, provider text?, "
        "model text?, status text, started_at timestamptz, completed_at timestamptz?, "
        "duration interval?, input jsonb, result jsonb?, output_id uuid?, error_type text?, "
        "error_message text?, tokens_in int8, tokens_out int8, cost numeric",
        unique=("orchestration_id, phase, round, agent_name",),
        indexes=("orchestration_id", "agent_name", "status", "started_at"),
        checks={"phase": Phase, "status": AgentStatus},
    ),
    "agent_outputs": Table(
        f"{PART}, sha256 text, bytes bytea, size int8, truncated bool", indexes=("sha256",)
    ),
    "agent_reports": Table(
        f"{PART}, step_key text, attempt int4, commit_sha text?, report jsonb, tokens int8, "
        "cost numeric",
        unique=("orchestration_id, step_key",),
        indexes=("organization_id, created_at",),
    ),
    "orchestration_metrics": Table(
        f"{PART}, phase text?, metric_type text, value numeric, test_coverage numeric?, "
        "bug_count int4?, code_quality_score numeric?, tokens_used int8?, "
        "estimated_cost numeric?, timestamp timestamptz",
        indexes=("orchestration_id", "metric_type", "timestamp"),
        checks={"phase": Phase},
    ),
    "approvals": Table(
        f"{PART}, gate text, revision int4, approval_type text, subject_hash text, subject jsonb, "
        "policy jsonb, level int4, status text, requested_at timestamptz, "
        "expires_at timestamptz?, responded_at timestamptz?, comment text?",
        unique=("orchestration_id, gate, revision",),
        indexes=("orchestration_id", "status", "expires_at"),
        checks={"status": ApprovalStatus},
    ),
    "approval_decisions": Table(
        f"{DOMAIN}, approval_id uuid, level int4, approver_id uuid, on_behalf_of uuid?, "
        "decision text, comment text?, channel text, verified bool, decided_at timestamptz",
        unique=("approval_id, level, approver_id",),
        checks={"decision": DecisionKind, "channel": DecisionChannel},
    ),
    "approval_links": Table(
        f"{DOMAIN}, approval_id uuid, user_id uuid, subject_hash text, nonce bytea, "
        "token_hash bytea, refusals int4, decision text?, used_at timestamptz?",
        unique=("token_hash", "approval_id, user_id, subject_hash"),
        checks={"decision": DecisionKind},
    ),
    "task_outcomes": Table(
        f"{PART}, pattern_id uuid?, issue_key text, issue_type text, success bool, "
        "duration interval, complexity text?, story_points numeric?, agents_used _text, "
        "tests_passed bool?, bug_count int4?, rework_count int4, learnings jsonb, "
        "timestamp timestamptz",
        indexes=("issue_key", "issue_type", "success", "timestamp", "pattern_id"),
        checks={"issue_type": IssueType},
    ),
    "webhook_endpoints": Table(
        f"{DOMAIN}, source text, project_id uuid?, path text, secrets _bytea, "
        "unsigned_allowed bool, active bool, last_seen timestamptz?",
        unique=("path", "organization_id, source, project_id"),
        checks={"source": WebhookSource},
    ),
    "webhook_events": Table(
        f"{DOMAIN}, endpoint_id uuid, source text, delivery_id text, project_id uuid?, "
        "event_type text, payload_hash text, raw bytea, payload jsonb?, headers jsonb, "
        "status text, processed bool, processed_at timestamptz?, retry_count int4, replays int4, "
        "error_message text?, conflicts int4, conflicting_hash text?, received_at timestamptz, "
        "lease_until timestamptz?, workflow_id text",
        unique=("endpoint_id, delivery_id",),
        indexes=("project_id, processed", "payload_hash", "status, received_at", "lease_until"),
        checks={"source": WebhookSource, "status": WebhookStatus},
    ),
    "notification_endpoints": Table(
        f"{DOMAIN}, name text, channel text, address bytea, secrets _bytea, quiet jsonb?, "
        "fallback_id uuid?, active bool, failures int4, closed_until timestamptz?",
        unique=("organization_id, name",),
        checks={"channel": Channel},
    ),
    "notification_routes": Table(
        f"{DOMAIN}, event_type text, channel text, endpoint_id uuid?, people bool, urgent bool, "
        "batched bool",
        unique=("organization_id, event_type, channel, endpoint_id, people",),
        checks={"channel": Channel},
    ),
    "notifications": Table(
        f"{DOMAIN}, orchestration_id uuid?, endpoint_id uuid?, channel text, recipient text, "
        "event_type text, issue_key text, subject text, body text, card jsonb?, "
        "urgent bool, status text, "
        "sent_at timestamptz?, delivered_at timestamptz?, read_at timestamptz?, attempts int4, "
        "next_attempt_at timestamptz?, provider_answer jsonb?, error text?, thread_id text?, "
        "correlation_id uuid?, dedupe_key text, batch_key text?",
        unique=("dedupe_key",),
        indexes=(
            *("orchestration_id", "channel", "status", "sent_at", "batch_key"),
            "endpoint_id, created_at",
        ),
        checks={"channel": Channel, "status": NotificationStatus},
    ),
    "business_calendars": Table(
        f"{DOMAIN}, name text, time_zone text, hours jsonb, holidays _date",
        unique=("organization_id, name",),
    ),
    "sla_definitions": Table(
        f"{DOMAIN}, name text, description text?, clock text, target interval, warning interval, "
        "critical interval, phases _text, issue_types _text, priorities _text, calendar_id uuid?, "
        "pause_on jsonb, tell jsonb, enabled bool",
        unique=("organization_id, name",),
        checks={
            "clock": SlaKind,
            "phases": Phase,
            "issue_types": IssueType,
            "priorities": Priority,
            "thresholds": (),
        },
    ),
    "sla_violations": Table(
        f"{PART}, sla_id uuid, issue_key text, phase text?, severity text, actual interval, "
        "target interval, exceeded_by interval, acknowledged_by text?, "
        "acknowledged_at timestamptz?, timestamp timestamptz",
        unique=("orchestration_id, sla_id, phase, severity",),
        indexes=("issue_key", "severity", "timestamp"),
        checks={"phase": Phase, "severity": SlaSeverity},
    ),
    "processed_tickets": Table(
        f"{DOMAIN}, source text, ticket_id varchar, provider text?, success bool?, "
        "claimed_by text, processed_at timestamptz?, attempts int4, result jsonb?, error text?",
        unique=("organization_id, source, ticket_id",),
        indexes=("processed_at", "provider", "success"),
    ),
    "git_integrations": Table(
        f"{DOMAIN}, issue_id uuid, provider text, repository text, branch_name text?, "
        "commit_hash text?, commit_at timestamptz?, pr_number int4?, pr_url text?, pr_state text?, "
        "pr_at timestamptz?, review_asked_at timestamptz?, approved_at timestamptz?, "
        "objected_at timestamptz?, checks jsonb, in_step bool, version int4",
        unique=("issue_id, provider, repository, branch_name",),
        indexes=("organization_id, provider, repository, pr_number", "commit_hash"),
        checks={"provider": GitProvider, "pr_state": PullRequestStage},
    ),
    "issue_origins": Table(
        f"{DOMAIN}, issue_id uuid, provider text, repository text, number int4",
        unique=("organization_id, provider, repository, number",),
        indexes=("issue_id",),
        checks={"provider": GitProvider},
    ),
    "object_marks": Table(
        f"{DOMAIN}, object text, at timestamptz", unique=("organization_id, object",)
    ),
    "user_identities": Table(
        f"{DOMAIN}, user_id uuid, provider text, external_id text, verified_at timestamptz?",
        unique=("organization_id, provider, external_id",),
        indexes=("user_id",),
        checks={"provider": IdentityProvider},
    ),
    "audit_logs": Table(
        f"{DOMAIN}, actor_type text, actor_id text, action text, resource text, resource_id text, "
        "result text, reason text?, ip_address inet?, user_agent text?, payload jsonb, "
        "timestamp timestamptz",
        indexes=("resource, resource_id", "actor_id, timestamp", "timestamp"),
        checks={"actor_type": ActorType},
    ),
}

AGENT_METRICS = (
    "organization_id uuid, agent_name text, execution_count int8, success_count int8, "
    "failure_count int8, success_rate numeric, avg_duration interval, p50_duration interval, "
    "p95_duration interval, min_duration interval, max_duration interval, total_tokens int8, "
    "model_distribution jsonb, error_types jsonb, last_executed_at timestamptz"
)
