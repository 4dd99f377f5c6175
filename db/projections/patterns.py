"""Events → `patterns`: what makes one. Its counts are those of its outcomes, see counts.py."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from contracts.ledger import ChainedEvent
from contracts.patterns import Signature
from db.models import Pattern
from db.projections.outcomes import outcome_of
from db.projections.scope import Scope
from db.projections.writes import Row, Write, insertion
from policy.patterns import name_of, pattern_id

# Changes nothing, but takes the row's lock, so that those who finish at once count one after the
# other.
MEET = insertion(
    Pattern,
    ("id", "organization_id", "pattern_type", "name", "signature"),
    "ON CONFLICT (id) DO UPDATE SET updated_at = now() WHERE false",
)


def writes(scope: Scope, events: Sequence[ChainedEvent]) -> list[Write]:
    rows = [_row(scope, signature) for signature in _kinds(events)]
    # All lock them in this order.
    return [Write(Pattern, MEET, sorted(rows, key=lambda row: row["id"]))]


def patterns_of(scope: Scope, events: Sequence[ChainedEvent]) -> frozenset[UUID]:
    """The ids of those under which the events' outcomes come."""
    return frozenset(pattern_id(scope.organization_id, kind) for kind in _kinds(events))


def _kinds(events: Sequence[ChainedEvent]) -> Iterable[Signature]:
    """Each once: a statement may not meet the same row twice."""
    found = (outcome_of(chained) for chained in events)
    return dict.fromkeys(one.signature for one in found if one is not None and one.signature)


def _row(scope: Scope, signature: Signature) -> Row:
    return {
        "id": pattern_id(scope.organization_id, signature),
        "organization_id": scope.organization_id,
        "pattern_type": signature.type,
        "name": name_of(signature),
        "signature": signature.model_dump(mode="json"),
    }
