"""Events → `patterns`: what makes one. Its counts are those of its outcomes, see counts.py."""

from collections.abc import Sequence

from contracts.ledger import ChainedEvent
from contracts.patterns import Signature
from db.models import Pattern
from db.projections.outcomes import outcome_of
from db.projections.scope import Scope
from db.projections.writes import Row, Write, insertion
from policy.patterns import name_of, pattern_id

# The update takes the row's lock, so that those who finish at once count one after the other.
MEET = insertion(
    Pattern,
    ("id", "organization_id", "pattern_type", "name", "signature"),
    "ON CONFLICT (id) DO UPDATE SET updated_at = now()",
)


def writes(scope: Scope, events: Sequence[ChainedEvent]) -> list[Write]:
    found = (outcome_of(chained) for chained in events)
    # Each once: a statement may not meet the same row twice.
    kinds = dict.fromkeys(one.signature for one in found if one is not None and one.signature)
    return [Write(Pattern, MEET, [_row(scope, signature) for signature in kinds])]


def _row(scope: Scope, signature: Signature) -> Row:
    return {
        "id": pattern_id(scope.organization_id, signature),
        "organization_id": scope.organization_id,
        "pattern_type": signature.type,
        "name": name_of(signature),
        "signature": signature.model_dump(mode="json"),
    }
