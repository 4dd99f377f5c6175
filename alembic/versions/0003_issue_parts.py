"""What hangs on tickets"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

TABLES = (
    "issue_labels",
    "issue_relations",
    "issue_comments",
    "issue_changes",
)


def upgrade() -> None:
    create_issue_labels()
    create_issue_relations()
    create_issue_comments()
    create_issue_changes()


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)


def domain(table: str) -> tuple[sa.Column[Any], ...]:
    """What every domain table has."""
    return (
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "organization_id",
            sa.Uuid(),
            sa.ForeignKey(
                "organizations.id", name=f"fk_{table}_organization_id", ondelete="RESTRICT"
            ),
            nullable=False,
        ),
        *stamps(),
    )


def stamps() -> tuple[sa.Column[Any], ...]:
    return tuple(
        sa.Column(name, sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False)
        for name in ("created_at", "updated_at")
    )


def create_issue_labels() -> None:
    op.create_table(
        "issue_labels",
        *domain("issue_labels"),
        sa.Column(
            "issue_id",
            sa.Uuid(),
            sa.ForeignKey("issues.id", name="fk_issue_labels_issue_id", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column(
            "label_id",
            sa.Uuid(),
            sa.ForeignKey("labels.id", name="fk_issue_labels_label_id", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name="pk_issue_labels"),
        sa.UniqueConstraint("issue_id", "label_id", name="uq_issue_labels_issue_id_label_id"),
    )


def create_issue_relations() -> None:
    op.create_table(
        "issue_relations",
        *domain("issue_relations"),
        sa.Column(
            "source_issue_id",
            sa.Uuid(),
            sa.ForeignKey(
                "issues.id", name="fk_issue_relations_source_issue_id", ondelete="CASCADE"
            ),
            nullable=False,
        ),
        sa.Column(
            "target_issue_id",
            sa.Uuid(),
            sa.ForeignKey(
                "issues.id", name="fk_issue_relations_target_issue_id", ondelete="CASCADE"
            ),
            nullable=False,
        ),
        sa.Column("relation_type", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_issue_relations"),
        sa.UniqueConstraint(
            "source_issue_id",
            "target_issue_id",
            "relation_type",
            name="uq_issue_relations_ends",
        ),
        sa.CheckConstraint(
            "relation_type IN ('BLOCKS', 'RELATES_TO', 'DUPLICATES')",
            name=op.f("ck_issue_relations_relation_type"),
        ),
        sa.CheckConstraint(
            "source_issue_id <> target_issue_id", name=op.f("ck_issue_relations_no_self")
        ),
    )


def create_issue_comments() -> None:
    op.create_table(
        "issue_comments",
        *domain("issue_comments"),
        sa.Column(
            "issue_id",
            sa.Uuid(),
            sa.ForeignKey("issues.id", name="fk_issue_comments_issue_id", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_issue_comments"),
        sa.UniqueConstraint(
            "issue_id", "external_id", name="uq_issue_comments_issue_id_external_id"
        ),
    )
    op.create_index(
        "ix_issue_comments_issue_id_created_at", "issue_comments", ["issue_id", "created_at"]
    )


def create_issue_changes() -> None:
    op.create_table(
        "issue_changes",
        *domain("issue_changes"),
        sa.Column(
            "issue_id",
            sa.Uuid(),
            sa.ForeignKey("issues.id", name="fk_issue_changes_issue_id", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("old", sa.Text(), nullable=True),
        sa.Column("new", sa.Text(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_issue_changes"),
    )
    op.create_index(
        "ix_issue_changes_issue_id_created_at", "issue_changes", ["issue_id", "created_at"]
    )
