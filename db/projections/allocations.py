"""Events → `team_allocations`: the hours that an orchestration takes of its team."""

from collections.abc import Sequence

from contracts.events import (
    OrchestrationCancelled,
    OrchestrationCompleted,
    OrchestrationFailed,
    OrchestrationStarted,
)
from contracts.ledger import ChainedEvent
from contracts.teams import AllocationState
from db.models import TeamAllocation
from db.projections.scope import Scope
from db.projections.writes import Row, Write, insertion

COLUMNS = (
    *("id", "organization_id", "orchestration_id", "team_id", "sprint_id", "hours", "state"),
)
RESERVE = insertion(TeamAllocation, COLUMNS)
SETTLE = (
    "UPDATE team_allocations a SET state = r.state, updated_at = now() "
    "FROM head, {r} WHERE a.orchestration_id = head.id"
)


def writes(scope: Scope, events: Sequence[ChainedEvent]) -> list[Write]:
    """What is reserved and settled within the batch is one row from the start."""
    reserved: Row | None = None
    settled: Row | None = None
    for chained in events:
        if isinstance(chained.event, OrchestrationStarted):
            reserved = _reserved(scope, chained, chained.event)
        elif state := _state(chained):
            settled = {"state": state}
    if reserved is not None and settled is not None:
        reserved, settled = reserved | settled, None
    return [
        Write(TeamAllocation, RESERVE, [reserved] if reserved else []),
        Write(TeamAllocation, SETTLE, [settled] if settled else []),
    ]


def _reserved(scope: Scope, chained: ChainedEvent, started: OrchestrationStarted) -> Row | None:
    team = started.team
    if team is None or team.team_id is None:
        return None
    return {
        **scope.columns(chained, "allocation"),
        "team_id": team.team_id,
        "sprint_id": team.sprint,
        "hours": team.hours,
        "state": AllocationState.RESERVED,
    }


def _state(chained: ChainedEvent) -> AllocationState | None:
    match chained.event:
        case OrchestrationCompleted():
            return AllocationState.SPENT
        case OrchestrationFailed() | OrchestrationCancelled():
            return AllocationState.FREED
        case _:
            return None
