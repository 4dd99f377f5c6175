"""Links to a page where an approval is decided"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    op.create_table(
        "approval_links",
        sa.Column("id", sa.Uuid(), nullable=False),
        reference("organization_id", "organizations"),
        stamp("created_at"),
        stamp("updated_at"),
        sa.Column("approval_id", sa.Uuid(), nullable=False),
        reference("user_id", "users"),
        sa.Column("subject_hash", sa.Text(), nullable=False),
        sa.Column("nonce", sa.LargeBinary(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("refusals", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("decision", sa.Text(), nullable=True),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "decision IN ('APPROVE', 'REJECT', 'REQUEST_CHANGES')",
            name=op.f("ck_approval_links_decision"),
        ),
        sa.PrimaryKeyConstraint("id", name="pk_approval_links"),
        sa.UniqueConstraint("token_hash", name="uq_approval_links_token_hash"),
        sa.UniqueConstraint(
            *("approval_id", "user_id", "subject_hash"),
            name="uq_approval_links_approval_id_user_id_subject_hash",
        ),
    )


def downgrade() -> None:
    op.drop_table("approval_links")


def reference(column: str, to: str) -> sa.Column[Any]:
    key = sa.ForeignKey(f"{to}.id", name=f"fk_approval_links_{column}", ondelete="RESTRICT")
    return sa.Column(column, sa.Uuid(), key, nullable=False)


def stamp(name: str) -> sa.Column[Any]:
    now = sa.text("now()")
    return sa.Column(name, sa.DateTime(timezone=True), server_default=now, nullable=False)
