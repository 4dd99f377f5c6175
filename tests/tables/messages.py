"""What comes in and goes out: webhooks, notifications, customers' tickets."""

from contracts.notifications import Channel, NotificationStatus
from contracts.webhooks import WebhookSource, WebhookStatus
from tests.tables.table import DOMAIN, Table

TABLES = {
    "webhook_endpoints": Table(
        f"{DOMAIN}, source text, project_id uuid?, path text, secrets _bytea, "
        "unsigned_allowed bool, active bool, last_seen timestamptz?",
        unique=("path", "organization_id, source, project_id"),
        checks={"source": WebhookSource},
    ),
    "webhook_events": Table(
        f"{DOMAIN}, endpoint_id uuid, source text, delivery_id text, project_id uuid?, "
        "event_type text, payload_hash text, raw bytea, payload jsonb?, headers jsonb, "
        "status text, processed bool, processed_at timestamptz?, retry_count int4, replays int4, "
        "error_message text?, conflicts int4, conflicting_hash text?, received_at timestamptz, "
        "lease_until timestamptz?, workflow_id text",
        unique=("endpoint_id, delivery_id",),
        indexes=(
            *("project_id, processed", "payload_hash", "status, received_at", "lease_until"),
            "organization_id, received_at",
        ),
        checks={"source": WebhookSource, "status": WebhookStatus},
    ),
    "notification_endpoints": Table(
        f"{DOMAIN}, name text, channel text, address bytea, secrets _bytea, quiet jsonb?, "
        "fallback_id uuid?, active bool, failures int4, closed_until timestamptz?",
        unique=("organization_id, name",),
        checks={"channel": Channel},
    ),
    "notification_routes": Table(
        f"{DOMAIN}, event_type text, channel text, endpoint_id uuid?, people bool, urgent bool, "
        "batched bool",
        unique=("organization_id, event_type, channel, endpoint_id, people",),
        checks={"channel": Channel},
    ),
    "notifications": Table(
        f"{DOMAIN}, orchestration_id uuid?, endpoint_id uuid?, channel text, recipient text, "
        "event_type text, issue_key text, subject text, body text, card jsonb?, "
        "urgent bool, status text, "
        "sent_at timestamptz?, delivered_at timestamptz?, read_at timestamptz?, attempts int4, "
        "next_attempt_at timestamptz?, provider_answer jsonb?, error text?, thread_id text?, "
        "correlation_id uuid?, dedupe_key text, batch_key text?",
        unique=("dedupe_key",),
        indexes=(
            *("orchestration_id", "channel", "status", "sent_at", "batch_key"),
            *("endpoint_id, created_at", "endpoint_id, issue_key"),
            "organization_id, created_at",
        ),
        checks={"channel": Channel, "status": NotificationStatus},
    ),
    "processed_tickets": Table(
        f"{DOMAIN}, source text, ticket_id varchar, provider text?, success bool?, "
        "claimed_by text, processed_at timestamptz?, attempts int4, result jsonb?, error text?",
        unique=("organization_id, source, ticket_id",),
        indexes=("processed_at", "provider", "success"),
    ),
}
