"""Organizations, their people and teams."""

from contracts.commands import IdentityProvider
from contracts.identity import ActorType, Role
from contracts.issues import IssueType
from contracts.teams import AllocationState
from tests.tables.table import DOMAIN, PART, Table

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
