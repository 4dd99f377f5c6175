"""A message may be a card"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.add_column("notifications", sa.Column("card", postgresql.JSONB(), nullable=True))


def downgrade() -> None:
    op.drop_column("notifications", "card")
