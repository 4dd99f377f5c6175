"""What a run that was terminated could not say itself."""

from datetime import UTC, datetime

from contracts.events import OrchestrationFailed
from contracts.identity import SYSTEM
from contracts.ledger import Batch, ChainedEvent
from db.models import Orchestration
from policy.ledger import event_id, hash_of, payload_of


def last_word(row: Orchestration) -> Batch:
    """Its author is a later run of the same workflow id, which only runs because Temporal knows
    that the old one does not, or whoever asked Temporal."""
    sequence = row.last_sequence + 1
    unsealed = ChainedEvent(
        sequence=sequence,
        event_id=event_id(row.workflow_id, sequence),
        timestamp=datetime.now(UTC),
        actor=SYSTEM,
        event=OrchestrationFailed(
            error_type="Terminated", reason="its workflow was terminated and left no last word"
        ),
        previous_hash=row.last_hash,
        hash="",
    )
    sealed = unsealed.model_copy(update={"hash": hash_of(unsealed, payload_of(unsealed))})
    return Batch(organization_id=row.organization_id, orchestration_id=row.id, events=(sealed,))
