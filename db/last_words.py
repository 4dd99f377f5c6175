"""What a run that was terminated could not say itself."""

from collections.abc import Iterable
from datetime import UTC, datetime

from contracts.events import OrchestrationFailed
from contracts.identity import SYSTEM
from contracts.ledger import Batch, ChainedEvent
from db.models import Orchestration
from policy.ledger import event_id, hash_of, payload_of
from policy.unsaid import Ending, unsaid


def last_words(row: Orchestration, chain: Iterable[ChainedEvent]) -> Batch:
    """Their author is a later run of the same workflow id, which only runs because Temporal knows
    that the old one does not, or whoever asked Temporal. `chain` is what the row shows."""
    now = datetime.now(UTC)
    why = Ending("Terminated", "its workflow was terminated and left no last word", now)
    failed = OrchestrationFailed(error_type=why.error_type, reason=why.reason)
    sequence, head = row.last_sequence, row.last_hash
    sealed: list[ChainedEvent] = []
    for begun, event in (*unsaid(chain, why), (None, failed)):
        sequence += 1
        said = ChainedEvent(
            sequence=sequence,
            event_id=event_id(row.workflow_id, sequence),
            timestamp=now,
            phase=begun.phase if begun else None,
            agent_name=begun.agent_name if begun else None,
            actor=SYSTEM,
            event=event,
            previous_hash=head,
            hash="",
        )
        head = hash_of(said, payload_of(said))
        sealed.append(said.model_copy(update={"hash": head}))
    return Batch(organization_id=row.organization_id, orchestration_id=row.id, events=tuple(sealed))
