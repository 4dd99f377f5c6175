"""Work in git, marks of objects, and whose account is whose"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"

GIT_PROVIDERS = "provider IN ('GITHUB', 'GITLAB', 'BITBUCKET')"
PR_STATES = "pr_state IN ('DRAFT', 'OPEN', 'CLOSED', 'MERGED')"
PROVIDERS = "provider IN ('jira', 'github', 'gitlab', 'bitbucket', 'slack', 'email')"


def upgrade() -> None:
    create_git_integrations()
    create_object_marks()
    create_user_identities()


def downgrade() -> None:
    for table in ("user_identities", "object_marks", "git_integrations"):
        op.drop_table(table)


def domain(table: str) -> tuple[sa.Column[Any], ...]:
    """What every domain table has."""
    return (
        sa.Column("id", sa.Uuid(), nullable=False),
        key(table, "organization_id", "organizations.id", "RESTRICT"),
        moment("created_at", now=True),
        moment("updated_at", now=True),
    )


def key(table: str, name: str, to: str, gone: str) -> sa.Column[Any]:
    constraint = sa.ForeignKey(to, name=f"fk_{table}_{name}", ondelete=gone)
    return sa.Column(name, sa.Uuid(), constraint, nullable=False)


def moment(name: str, now: bool = False, nullable: bool = False) -> sa.Column[Any]:
    default = sa.text("now()") if now else None
    return sa.Column(name, sa.DateTime(timezone=True), server_default=default, nullable=nullable)


def create_git_integrations() -> None:
    table = "git_integrations"
    op.create_table(
        table,
        *domain(table),
        key(table, "issue_id", "issues.id", "CASCADE"),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("provider", "repository")),
        *(sa.Column(name, sa.Text()) for name in ("branch_name", "commit_hash", "pr_url")),
        sa.Column("pr_number", sa.Integer()),
        sa.Column("pr_state", sa.Text()),
        *(
            moment(name, nullable=True)
            for name in ("commit_at", "pr_at", "review_asked_at", "approved_at", "objected_at")
        ),
        sa.Column("checks", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("in_step", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
        sa.UniqueConstraint(
            *("issue_id", "provider", "repository", "branch_name"),
            name=f"uq_{table}_place",
            postgresql_nulls_not_distinct=True,
        ),
        sa.CheckConstraint(GIT_PROVIDERS, name=op.f(f"ck_{table}_provider")),
        sa.CheckConstraint(PR_STATES, name=op.f(f"ck_{table}_pr_state")),
    )
    place = ["organization_id", "provider", "repository", "pr_number"]
    op.create_index(f"ix_{table}_pull_request", table, place)
    op.create_index(f"ix_{table}_commit_hash", table, ["commit_hash"])


def create_object_marks() -> None:
    table = "object_marks"
    op.create_table(
        table,
        *domain(table),
        sa.Column("object", sa.Text(), nullable=False),
        moment("at"),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
        sa.UniqueConstraint("organization_id", "object", name=f"uq_{table}_organization_id_object"),
    )


def create_user_identities() -> None:
    table = "user_identities"
    op.create_table(
        table,
        *domain(table),
        key(table, "user_id", "users.id", "CASCADE"),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("provider", "external_id")),
        moment("verified_at", nullable=True),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
        sa.UniqueConstraint(
            *("organization_id", "provider", "external_id"),
            name=f"uq_{table}_organization_id_provider_external_id",
        ),
        sa.CheckConstraint(PROVIDERS, name=op.f(f"ck_{table}_provider")),
    )
    op.create_index(f"ix_{table}_user_id", table, ["user_id"])
