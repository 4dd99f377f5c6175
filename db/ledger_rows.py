"""Events as rows of the ledger, and rows as events again."""

from uuid import UUID

from contracts.events import EVENT
from contracts.identity import Actor, ActorType
from contracts.ledger import Batch, ChainedEvent
from contracts.phases import Phase
from db.models import Event
from db.projections.writes import Row
from policy.ledger import payload_of

COLUMNS = (
    *("organization_id", "orchestration_id", "run_id", "sequence", "event_id", "event_type"),
    *("timestamp", "phase", "agent_name", "actor_type", "actor_id", "actor_email"),
    *("correlation_id", "payload", "hash", "previous_hash"),
)


def rows_of(run_id: UUID, batch: Batch) -> list[Row]:
    return [
        {
            "organization_id": batch.organization_id,
            "orchestration_id": batch.orchestration_id,
            "run_id": run_id,
            "sequence": event.sequence,
            "event_id": event.event_id,
            "event_type": event.event.type,
            "timestamp": event.timestamp,
            "phase": event.phase,
            "agent_name": event.agent_name,
            "actor_type": event.actor.type,
            "actor_id": event.actor.id,
            "actor_email": event.actor.email,
            "correlation_id": event.correlation_id,
            "payload": payload_of(event),
            "hash": event.hash,
            "previous_hash": event.previous_hash,
        }
        for event in batch.events
    ]


def event_of(row: Event) -> ChainedEvent:
    return ChainedEvent(
        sequence=row.sequence,
        event_id=row.event_id,
        timestamp=row.timestamp,
        phase=Phase(row.phase) if row.phase else None,
        agent_name=row.agent_name,
        actor=Actor(type=ActorType(row.actor_type), id=row.actor_id or "", email=row.actor_email),
        correlation_id=row.correlation_id,
        event=EVENT.validate_python({**row.payload, "type": row.event_type}),
        previous_hash=row.previous_hash,
        hash=row.hash,
    )
