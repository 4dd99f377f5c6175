"""An event as it stands in the ledger."""

from datetime import UTC, datetime
from uuid import UUID

from contracts.events import Event
from contracts.identity import SYSTEM
from contracts.ledger import ChainedEvent
from contracts.phases import Phase

AT = datetime(2026, 5, 4, 12, tzinfo=UTC)


def chained(event: Event, phase: Phase = Phase.PLAN) -> ChainedEvent:
    return ChainedEvent(
        sequence=1,
        event_id=UUID(int=1),
        timestamp=AT,
        phase=phase,
        actor=SYSTEM,
        event=event,
        previous_hash="",
        hash="x",
    )
