"""Who held a lock last"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"

TABLE = "fences"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        *(_moment(name) for name in ("created_at", "updated_at")),
        sa.PrimaryKeyConstraint("what", name=f"pk_{TABLE}"),
    )


def downgrade() -> None:
    op.drop_table(TABLE)


def _moment(name: str) -> "sa.Column[Any]":
    return sa.Column(
        name, sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
    )
