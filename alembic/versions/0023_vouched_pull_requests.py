"""Pull requests from forks of people who may work here"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"

TABLE, VOUCHED = "git_integrations", "pr_vouched"


def upgrade() -> None:
    no = sa.text("false")
    op.add_column(TABLE, sa.Column(VOUCHED, sa.Boolean(), server_default=no, nullable=False))


def downgrade() -> None:
    op.drop_column(TABLE, VOUCHED)
