"""An organization's newest messages

Found with two organizations, of which one had 400,000 messages and the other 60: `notifications` of
the small one read all of them. (Not with the id, which is in the order of time too: Postgres would
go on to choose the primary key, and look for the small one's there.)
"""

from alembic import op

revision = "0022"
down_revision = "0021"

TABLE, NEWEST = "notifications", "ix_notifications_organization_id_created_at"


def upgrade() -> None:
    op.create_index(NEWEST, TABLE, ["organization_id", "created_at"])


def downgrade() -> None:
    op.drop_index(NEWEST, TABLE)
