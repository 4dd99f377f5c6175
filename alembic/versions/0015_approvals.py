"""Teams and delegations"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"

TABLES = (
    "teams",
    "team_members",
    "delegations",
)


def upgrade() -> None:
    create_teams()
    create_team_members()
    create_delegations()


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)


def domain(table: str) -> tuple[sa.Column[Any], ...]:
    """What every domain table has."""
    return (
        sa.Column("id", sa.Uuid(), nullable=False),
        reference(table, "organization_id", "organizations", "RESTRICT"),
        *stamps(),
    )


def stamps() -> tuple[sa.Column[Any], ...]:
    return tuple(
        sa.Column(name, sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False)
        for name in ("created_at", "updated_at")
    )


def reference(table: str, column: str, to: str, ondelete: str = "CASCADE") -> sa.Column[Any]:
    key = sa.ForeignKey(f"{to}.id", name=f"fk_{table}_{column}", ondelete=ondelete)
    return sa.Column(column, sa.Uuid(), key, nullable=False)


def create_teams() -> None:
    op.create_table(
        "teams",
        *domain("teams"),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("skills", postgresql.JSONB(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column(
            "constraints", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.Column("capacity_hours", sa.Numeric(), nullable=True),
        sa.Column("avg_velocity", sa.Numeric(), nullable=True),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_teams"),
        sa.UniqueConstraint("organization_id", "name", name="uq_teams_organization_id_name"),
    )


def create_team_members() -> None:
    op.create_table(
        "team_members",
        *domain("team_members"),
        reference("team_members", "team_id", "teams"),
        reference("team_members", "user_id", "users"),
        sa.Column("role", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_team_members"),
        sa.UniqueConstraint("team_id", "user_id", name="uq_team_members_team_id_user_id"),
    )


def create_delegations() -> None:
    op.create_table(
        "delegations",
        *domain("delegations"),
        reference("delegations", "orchestration_id", "orchestrations", "RESTRICT"),
        reference("delegations", "from_user_id", "users", "RESTRICT"),
        reference("delegations", "to_user_id", "users", "RESTRICT"),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_delegations"),
    )
    op.create_index("ix_delegations_from_user_id_until", "delegations", ["from_user_id", "until"])
