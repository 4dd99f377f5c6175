"""Events → `checkpoints`."""

from collections.abc import Sequence

from contracts.events import CheckpointCreated
from contracts.ledger import ChainedEvent
from db.models import Checkpoint
from db.projections.scope import Scope
from db.projections.writes import Row, Write, insertion

COLUMNS = (
    *("id", "organization_id", "orchestration_id"),
    *("sequence", "phase", "commit_sha", "state"),
)
CREATE = insertion(Checkpoint, COLUMNS)


def writes(scope: Scope, events: Sequence[ChainedEvent]) -> list[Write]:
    rows = [
        _row(scope, chained, chained.event)
        for chained in events
        if isinstance(chained.event, CheckpointCreated)
    ]
    return [Write(Checkpoint, CREATE, rows)]


def _row(scope: Scope, chained: ChainedEvent, created: CheckpointCreated) -> Row:
    return {
        **scope.columns(chained, "checkpoint"),
        "sequence": chained.sequence,
        "phase": created.state.phase,
        "commit_sha": created.commit,
        "state": created.state.model_dump(mode="json"),
    }
