"""Events → `sla_violations`."""

from collections.abc import Sequence

from contracts.events import SlaAcknowledged, SlaCritical, SlaViolated, SlaWarned
from contracts.ledger import ChainedEvent
from db.models import SlaViolation
from db.projections.scope import Scope
from db.projections.writes import Row, Write

SEEN = ("acknowledged_by", "acknowledged_at")
COLUMNS = (
    *("id", "organization_id", "orchestration_id", "sla_id", "phase", "severity"),
    *("actual", "target", "exceeded_by", '"timestamp"', *SEEN),
)
RECORD = (
    f"INSERT INTO sla_violations ({', '.join(COLUMNS)}, issue_key) "
    f"SELECT {', '.join(f'r.{name}' for name in COLUMNS)}, head.issue_key FROM head, {{r}}"
)
ACKNOWLEDGE = (
    f"UPDATE sla_violations v SET {', '.join(f'{name} = r.{name}' for name in SEEN)}, "
    "updated_at = now() FROM head, {r} WHERE v.orchestration_id = head.id "
    "AND v.sla_id = r.sla_id AND v.phase IS NOT DISTINCT FROM r.phase AND v.severity = r.severity"
)
Key = tuple[object, ...]


def writes(scope: Scope, events: Sequence[ChainedEvent]) -> list[Write]:
    """What is reached and acknowledged within the batch is one row from the start."""
    reached: dict[Key, Row] = {}
    seen: dict[Key, Row] = {}
    for chained in events:
        match chained.event:
            case SlaWarned() | SlaCritical() | SlaViolated() as event:
                row = _reached(scope, chained, event)
                reached[_key(row)] = row
            case SlaAcknowledged() as event:
                change = _seen(chained, event)
                rows = reached if _key(change) in reached else seen
                rows[_key(change)] = rows.get(_key(change), {}) | change
            case _:
                pass
    return [
        Write(SlaViolation, RECORD, list(reached.values())),
        Write(SlaViolation, ACKNOWLEDGE, list(seen.values())),
    ]


def _key(row: Row) -> Key:
    return row["sla_id"], row["phase"], row["severity"]


def _reached(
    scope: Scope, chained: ChainedEvent, event: SlaWarned | SlaCritical | SlaViolated
) -> Row:
    return {
        **dict.fromkeys(SEEN),
        **scope.columns(chained, "violation"),
        "sla_id": event.sla_id,
        "phase": chained.phase,
        "severity": event.severity,
        "actual": event.actual,
        "target": event.target,
        "exceeded_by": event.exceeded_by,
        "timestamp": event.at,
    }


def _seen(chained: ChainedEvent, event: SlaAcknowledged) -> Row:
    return {
        "sla_id": event.sla_id,
        "phase": chained.phase,
        "severity": event.severity,
        "acknowledged_by": chained.actor.id,
        "acknowledged_at": chained.timestamp,
    }
