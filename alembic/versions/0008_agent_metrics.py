"""The view agent_metrics: how often agents ran, how well, and for how long"""

from alembic import op

revision = "0008"
down_revision = "0007"

VIEW = """
    CREATE VIEW agent_metrics AS
    WITH models AS (
        SELECT organization_id, agent_name, jsonb_object_agg(model, times) AS distribution
        FROM (
            SELECT organization_id, agent_name, model, count(*) AS times
            FROM agent_executions WHERE model IS NOT NULL GROUP BY 1, 2, 3
        ) AS counted GROUP BY 1, 2
    ), errors AS (
        SELECT organization_id, agent_name, jsonb_object_agg(error_type, times) AS types
        FROM (
            SELECT organization_id, agent_name, error_type, count(*) AS times
            FROM agent_executions WHERE error_type IS NOT NULL GROUP BY 1, 2, 3
        ) AS counted GROUP BY 1, 2
    ), executions AS (
        SELECT
            organization_id,
            agent_name,
            count(*) AS execution_count,
            count(*) FILTER (WHERE status = 'COMPLETED') AS success_count,
            count(*) FILTER (WHERE status = 'FAILED') AS failure_count,
            avg(duration) AS avg_duration,
            percentile_cont(0.5) WITHIN GROUP (ORDER BY duration) AS p50_duration,
            percentile_cont(0.95) WITHIN GROUP (ORDER BY duration) AS p95_duration,
            min(duration) AS min_duration,
            max(duration) AS max_duration,
            sum(tokens_in + tokens_out)::bigint AS total_tokens,
            max(started_at) AS last_executed_at
        FROM agent_executions GROUP BY 1, 2
    )
    SELECT
        executions.*,
        -- Of those that came to an end of their own: nobody failed who was cancelled or asks.
        round(success_count::numeric / nullif(success_count + failure_count, 0), 4)
            AS success_rate,
        coalesce(models.distribution, '{}') AS model_distribution,
        coalesce(errors.types, '{}') AS error_types
    FROM executions
    LEFT JOIN models USING (organization_id, agent_name)
    LEFT JOIN errors USING (organization_id, agent_name)
"""


def upgrade() -> None:
    op.execute(VIEW)


def downgrade() -> None:
    op.execute("DROP VIEW agent_metrics")
