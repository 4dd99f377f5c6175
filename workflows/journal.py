"""The one author of an orchestration's facts: numbers them, chains them, lets them ride."""

from collections.abc import Callable, Iterator
from datetime import datetime
from uuid import UUID

from contracts.events import Event
from contracts.identity import SYSTEM, Actor
from contracts.ledger import Batch, ChainedEvent, JournalState
from contracts.phases import Phase
from policy.ledger import event_id, hash_of, payload_of

# A header, with whatever else starts in the same workflow task, must stay below gRPC's 4 MB.
MAX_BYTES = 500_000


class Journal:
    """Events stay pending until an activity that carried them has completed."""

    def __init__(
        self, workflow_id: str, clock: Callable[[], datetime], state: JournalState
    ) -> None:
        self._workflow_id = workflow_id
        self._clock = clock
        self._organization_id = state.organization_id
        self._orchestration_id = state.orchestration_id
        self._sequence = state.sequence
        self._head = state.head
        self._pending = list(state.pending)
        self._hearers: list[Callable[[ChainedEvent], None]] = []

    @property
    def opened(self) -> bool:
        return self._orchestration_id is not None

    @property
    def pending(self) -> bool:
        return bool(self._pending)

    @property
    def overfull(self) -> bool:
        """Whether more is pending than one activity carries."""
        return sum(1 for _ in self._riding()) < len(self._pending)

    @property
    def sequence(self) -> int:
        return self._sequence

    def tell(self, hearer: Callable[[ChainedEvent], None]) -> None:
        """Whoever goes by what is recorded, each event at once."""
        self._hearers.append(hearer)

    def open(self, organization_id: UUID, orchestration_id: UUID) -> None:
        self._organization_id, self._orchestration_id = organization_id, orchestration_id

    def record(
        self,
        event: Event,
        *,
        phase: Phase | None = None,
        agent: str | None = None,
        actor: Actor = SYSTEM,
    ) -> None:
        self._sequence += 1
        chained = ChainedEvent(
            sequence=self._sequence,
            event_id=event_id(self._workflow_id, self._sequence),
            timestamp=self._clock(),
            phase=phase,
            agent_name=agent,
            actor=actor,
            event=event,
            previous_hash=self._head,
            hash="",
        )
        self._head = hash_of(chained, payload_of(chained))
        self._pending.append(chained.model_copy(update={"hash": self._head}))
        for hearer in self._hearers:
            hearer(chained)

    def batch(self) -> Batch | None:
        """What rides with the next activity, if anything."""
        if not self._pending or self._organization_id is None or self._orchestration_id is None:
            return None
        return Batch(
            organization_id=self._organization_id,
            orchestration_id=self._orchestration_id,
            events=tuple(self._riding()),
        )

    def _riding(self) -> Iterator[ChainedEvent]:
        """The oldest pending events, as many as fit; at least one."""
        size = 0
        for event in self._pending:
            size += len(event.model_dump_json().encode())
            if size > MAX_BYTES and event is not self._pending[0]:
                return
            yield event

    def confirm(self, batch: Batch) -> None:
        last = batch.events[-1].sequence
        self._pending = [event for event in self._pending if event.sequence > last]

    def state(self) -> JournalState:
        return JournalState(
            organization_id=self._organization_id,
            orchestration_id=self._orchestration_id,
            sequence=self._sequence,
            head=self._head,
            pending=tuple(self._pending),
        )
