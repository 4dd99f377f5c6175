"""The view agent_metrics: how often agents ran, how well, and for how long"""

from alembic import op

revision = "0002"
down_revision = "0001"

ENDED = "status IN ('COMPLETED', 'FAILED', 'CANCELLED', 'BLOCKED')"


def upgrade() -> None:
    op.execute(f"""
        CREATE VIEW agent_metrics AS
        SELECT
            organization_id,
            agent_name,
            count(*) AS execution_count,
            count(*) FILTER (WHERE status = 'COMPLETED') AS success_count,
            count(*) FILTER (WHERE status = 'FAILED') AS failure_count,
            (count(*) FILTER (WHERE status = 'COMPLETED'))::numeric
                / nullif(count(*) FILTER (WHERE {ENDED}), 0) AS success_rate,
            avg(duration) AS avg_duration,
            percentile_cont(0.5) WITHIN GROUP (ORDER BY duration) AS p50_duration,
            percentile_cont(0.95) WITHIN GROUP (ORDER BY duration) AS p95_duration,
            min(duration) AS min_duration,
            max(duration) AS max_duration,
            sum(tokens_in + tokens_out) AS total_tokens,
            coalesce((
                SELECT jsonb_object_agg(model, n) FROM (
                    SELECT e.model, count(*) AS n FROM agent_executions e
                    WHERE e.organization_id = x.organization_id
                      AND e.agent_name = x.agent_name AND e.model IS NOT NULL
                    GROUP BY e.model) models
            ), '{{}}'::jsonb) AS model_distribution,
            coalesce((
                SELECT jsonb_object_agg(error_type, n) FROM (
                    SELECT e.error_type, count(*) AS n FROM agent_executions e
                    WHERE e.organization_id = x.organization_id
                      AND e.agent_name = x.agent_name AND e.error_type IS NOT NULL
                    GROUP BY e.error_type) errors
            ), '{{}}'::jsonb) AS error_types,
            max(started_at) AS last_executed_at
        FROM agent_executions x
        GROUP BY organization_id, agent_name
    """)


def downgrade() -> None:
    op.execute("DROP VIEW agent_metrics")
