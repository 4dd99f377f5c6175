"""An orchestration as people are shown it: its row and its events, told as one story."""

from datetime import datetime
from uuid import UUID

from contracts.issues import TicketEdit
from contracts.ledger import ChainedEvent
from contracts.orchestrations import OrchestrationRow
from contracts.prospects import Prospects
from contracts.stories import WorkState
from policy.story_order import in_playbook_order
from policy.telling import Teller


class Story(WorkState, frozen=True):
    """`prospects`, `untold` and `edits` (of the ticket, since the attempt began) say more of what
    is awaited, where somebody has looked (cli/awaiting.py)."""

    orchestration_id: UUID
    started_at: datetime
    prospects: Prospects | None = None
    untold: str | None = None
    edits: tuple[TicketEdit, ...] = ()


def story_of(row: OrchestrationRow, events: list[ChainedEvent]) -> Story:
    teller = Teller()
    for event in events:
        teller.hear(event)
    return Story(
        orchestration_id=row.id,
        issue_key=row.issue_key,
        attempt=row.attempt,
        status=row.status,
        phase=teller.phases[-1].phase if teller.phases else None,
        branch=row.branch,
        commit=row.commit_sha,
        awaited=teller.awaited(),
        phases=tuple(in_playbook_order(teller.phases)),
        tokens=row.tokens,
        cost=row.cost,
        last_sequence=row.last_sequence,
        guidance_waiting=teller.guidance,
        pause=teller.rest[0] if teller.rest else None,
        requested_by=row.requested_by,
        started_at=row.started_at,
        **teller.told(),
    )
