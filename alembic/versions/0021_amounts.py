"""Indexes for what is asked of many rows

Found with 100,000 orchestrations, 400,000 messages and 200,000 deliveries in the tables, where each
of these was read as a whole:
* the outcomes of one orchestration, at each beginning and end of a run; and those of one pattern,
  which are counted while others wait (db/projections/counts.py), so that indexes are enough;
* the messages on one ticket, before each that may begin a thread (db/notification_threads.py);
* an organization's newest deliveries, for `webhooks list`.

An index-only look at outcomes needs Postgres to know which pages everybody sees. It finds out when
it vacuums, which is long after the insert by default: a fifth of a table.
"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"

OUTCOMES, MESSAGES, DELIVERIES = "task_outcomes", "notifications", "webhook_events"
COUNTED, NEWEST = "ix_task_outcomes_counted", "ix_task_outcomes_newest"
# In the place of the one on the pattern alone.
OF_PATTERN = (OUTCOMES, ("pattern_id",))
PLAIN = (
    (OUTCOMES, ("orchestration_id",)),
    (OUTCOMES, ("pattern_id", "issue_type")),
    (MESSAGES, ("endpoint_id", "issue_key")),
    (DELIVERIES, ("organization_id", "received_at")),
)


def upgrade() -> None:
    for table, columns in PLAIN:
        op.create_index(_name(table, columns), table, [*columns])
    took_part = sa.text("NOT learnings ? 'cancelled'")
    op.create_index(COUNTED, OUTCOMES, ["pattern_id", "success"], postgresql_where=took_part)
    op.create_index(
        NEWEST,
        OUTCOMES,
        ["pattern_id", sa.text("timestamp DESC"), "issue_key"],
        postgresql_where=took_part,
    )
    op.drop_index(_name(*OF_PATTERN), OUTCOMES)
    op.execute(f"ALTER TABLE {OUTCOMES} SET (autovacuum_vacuum_insert_scale_factor = 0.01)")


def downgrade() -> None:
    op.execute(f"ALTER TABLE {OUTCOMES} RESET (autovacuum_vacuum_insert_scale_factor)")
    op.create_index(_name(*OF_PATTERN), OUTCOMES, [*OF_PATTERN[1]])
    for index in (NEWEST, COUNTED):
        op.drop_index(index, OUTCOMES)
    for table, columns in reversed(PLAIN):
        op.drop_index(_name(table, columns), table)


def _name(table: str, columns: tuple[str, ...]) -> str:
    return f"ix_{table}_{'_'.join(columns)}"
