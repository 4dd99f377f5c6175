"""Events, and the tables that are made of them."""

from contracts.agents import AgentStatus
from contracts.approvals import ApprovalStatus, DecisionChannel, DecisionKind
from contracts.identity import ActorType
from contracts.issues import IssueType, Priority
from contracts.orchestrations import OrchestrationStatus
from contracts.phases import Phase
from contracts.sla import SlaKind, SlaSeverity
from tests.tables.table import DOMAIN, PART, Table

TABLES = {
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
        indexes=(
            *("issue_key", "issue_type", "success", "timestamp", "orchestration_id"),
            *("pattern_id, issue_type", "pattern_id, success"),
            "pattern_id, timestamp, issue_key",
        ),
        checks={"issue_type": IssueType},
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
}

AGENT_METRICS = (
    "organization_id uuid, agent_name text, execution_count int8, success_count int8, "
    "failure_count int8, success_rate numeric, avg_duration interval, p50_duration interval, "
    "p95_duration interval, min_duration interval, max_duration interval, total_tokens int8, "
    "model_distribution jsonb, error_types jsonb, last_executed_at timestamptz"
)
