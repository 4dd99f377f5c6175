"""Projects and tickets, and what git says of them."""

from contracts.commands import GitProvider, PullRequestStage
from contracts.issues import IssueType, Priority
from tests.tables.table import DOMAIN, Table

TABLES = {
    "fences": Table(
        "what text, number int8, created_at timestamptz, updated_at timestamptz", unique=("what",)
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
    "git_integrations": Table(
        f"{DOMAIN}, issue_id uuid, provider text, repository text, branch_name text?, "
        "commit_hash text?, commit_at timestamptz?, pr_number int4?, pr_url text?, pr_state text?, "
        "pr_vouched bool, pr_at timestamptz?, review_asked_at timestamptz?, "
        "approved_at timestamptz?, objected_at timestamptz?, checks jsonb, in_step bool, "
        "version int4",
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
}
