"""An event with its place in the chain, and the batch that carries it."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

from contracts.events import Event
from contracts.identity import Actor
from contracts.phases import Phase

GENESIS = ""
JOURNAL_HEADER = "slipway-journal"


class ChainedEvent(BaseModel, frozen=True):
    """`hash` is over everything else, the predecessor's hash included (policy/ledger.py)."""

    sequence: int
    event_id: UUID
    timestamp: datetime
    phase: Phase | None = None
    agent_name: str | None = None
    actor: Actor
    correlation_id: UUID | None = None
    event: Event
    previous_hash: str
    hash: str


class Batch(BaseModel, frozen=True):
    """Consecutive events of one orchestration, as they ride with an activity."""

    organization_id: UUID
    orchestration_id: UUID
    events: tuple[ChainedEvent, ...]


class JournalState(BaseModel, frozen=True):
    """What a continued run needs to go on with the same chain."""

    organization_id: UUID | None = None
    orchestration_id: UUID | None = None
    sequence: int = 0
    head: str = GENESIS
    pending: tuple[ChainedEvent, ...] = ()
