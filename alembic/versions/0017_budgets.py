"""What agents used, where an organization's day is counted"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"

TABLE, DAY = "agent_reports", "ix_agent_reports_organization_id_created_at"
USED = """
UPDATE agent_reports SET
    tokens = coalesce((report #>> '{report,usage,tokens_in}')::bigint, 0)
           + coalesce((report #>> '{report,usage,tokens_out}')::bigint, 0),
    cost = coalesce((report #>> '{report,usage,cost}')::numeric, 0)
WHERE report #> '{report,usage}' IS NOT NULL
"""


def upgrade() -> None:
    zero = sa.text("0")
    op.add_column(TABLE, sa.Column("tokens", sa.BigInteger(), server_default=zero, nullable=False))
    op.add_column(TABLE, sa.Column("cost", sa.Numeric(14, 6), server_default=zero, nullable=False))
    op.execute(USED)
    op.create_index(DAY, TABLE, ["organization_id", "created_at"])


def downgrade() -> None:
    op.drop_index(DAY, TABLE)
    op.drop_column(TABLE, "cost")
    op.drop_column(TABLE, "tokens")
