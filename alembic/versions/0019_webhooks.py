"""Which issue of a git host a ticket was made of"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"

TABLE = "issue_origins"
GIT_PROVIDERS = "provider IN ('GITHUB', 'GITLAB', 'BITBUCKET')"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("id", sa.Uuid(), nullable=False),
        _reference("organization_id", "organizations.id", "RESTRICT"),
        *(_moment(name) for name in ("created_at", "updated_at")),
        _reference("issue_id", "issues.id", "CASCADE"),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("provider", "repository")),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=f"pk_{TABLE}"),
        sa.UniqueConstraint(
            *("organization_id", "provider", "repository", "number"), name=f"uq_{TABLE}_place"
        ),
        sa.CheckConstraint(GIT_PROVIDERS, name=op.f(f"ck_{TABLE}_provider")),
    )
    op.create_index(f"ix_{TABLE}_issue_id", TABLE, ["issue_id"])


def downgrade() -> None:
    op.drop_table(TABLE)


def _reference(name: str, to: str, gone: str) -> sa.Column[Any]:
    constraint = sa.ForeignKey(to, name=f"fk_{TABLE}_{name}", ondelete=gone)
    return sa.Column(name, sa.Uuid(), constraint, nullable=False)


def _moment(name: str) -> sa.Column[Any]:
    return sa.Column(
        name, sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
    )
