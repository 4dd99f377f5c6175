"""Events → `checkpoints`."""

from sqlalchemy import insert

from contracts.events import CheckpointCreated
from contracts.ledger import ChainedEvent
from db.models import Checkpoint
from db.projections.scope import Scope, table_of

CREATE = insert(table_of(Checkpoint))


async def apply(scope: Scope, chained: ChainedEvent) -> None:
    created = chained.event
    if not isinstance(created, CheckpointCreated):
        return
    row = {
        **scope.columns(chained, "checkpoint"),
        "sequence": chained.sequence,
        "phase": created.state.phase,
        "commit_sha": created.commit,
        "state": created.state.model_dump(mode="json"),
    }
    await scope.session.execute(CREATE, row)
