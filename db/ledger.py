"""The ledger: events as they happened, and in the same transaction the tables made of them."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, bindparam, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.events import RunReset
from contracts.ledger import GENESIS, Batch, ChainedEvent
from contracts.live import LiveBatch
from contracts.orchestrations import RUNNING
from db.last_words import last_words
from db.ledger_rows import COLUMNS, event_of, rows_of
from db.models import Event, Orchestration
from db.projections import Projections
from db.projections.counts import change_counts
from db.projections.scope import Head, Shown
from db.projections.writes import Write, insertion
from errors import BrokenChainError, LedgerConflictError, RetryLaterError
from policy.phases import progress_of

ROWS = Orchestration.metadata.tables[Orchestration.__tablename__]
LOCKED_HEAD = (
    select(ROWS.c.run_id, ROWS.c.last_hash)
    .where(ROWS.c.id == bindparam("orchestration"))
    .with_for_update()
)
INSERT = insertion(Event, COLUMNS)
SOON = timedelta(seconds=5)


class StillActiveError(RetryLaterError):
    """Of one ticket there is one attempt at a time."""


class Ledger:
    """Every query on events. The caller owns the transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session
        self.closed: list[UUID] = []
        """What was ended beside: orchestrations whose runs are dead."""

    async def extend(self, run_id: UUID, batch: Batch) -> LiveBatch | None:
        """What `append` does, in one statement that needs no transaction around it, where the
        batch continues what the tables show and changes no counts. Else None, and nothing was
        done."""
        if change_counts(batch.events):
            return None
        first = batch.events[0]
        head = Head(run_id, first.previous_hash)
        shown = await self._projections(batch).follow(
            head, run_id, batch.events, _insertion(run_id, batch)
        )
        return _live(batch, shown) if shown else None

    async def append(self, run_id: UUID, batch: Batch) -> LiveBatch | None:
        """Insert what is new and project it; what was new, or None. Repeatable. The same number
        with another hash is a LedgerConflictError, an unknown predecessor a BrokenChainError, an
        attempt beside another one a StillActiveError."""
        begins = batch.events[0].previous_hash == GENESIS
        if begins and (shown := await self._begun(run_id, batch)):
            return _live(batch, shown)
        head = await self._locked_head(batch.orchestration_id)
        if begins and head is None:
            raise StillActiveError(
                f"another attempt is ACTIVE in the tables, so {batch.orchestration_id} cannot "
                "begin. If its run is over, end it there: starter.py reconcile",
                SOON,
            )
        if head != Head(run_id, batch.events[0].previous_hash):
            new = await self._unknown_of(run_id, batch)
            if not new:
                return None
            batch = batch.model_copy(update={"events": new})
        shown = await self._write(head, run_id, batch)
        return _live(batch, shown) if shown else None

    async def _begun(self, run_id: UUID, batch: Batch) -> Shown | None:
        """None when there is a row already. Two activities may carry the first events side by
        side: the second waits at the row's key until the first has committed."""
        projections = self._projections(batch)
        return await projections.begin_once(run_id, batch.events, _insertion(run_id, batch))

    async def _locked_head(self, orchestration_id: UUID) -> Head | None:
        """The row's lock makes writers of one orchestration take turns."""
        found = await self._session.execute(LOCKED_HEAD, {"orchestration": orchestration_id})
        row = found.one_or_none()
        return Head(*row) if row else None

    async def _unknown_of(self, run_id: UUID, batch: Batch) -> tuple[ChainedEvent, ...]:
        """The events of the batch that no run has written. A continued or reset run may bring
        some that its predecessor wrote already."""
        statement = select(Event.run_id, Event.sequence, Event.hash).where(
            Event.orchestration_id == batch.orchestration_id,
            Event.sequence.between(batch.events[0].sequence, batch.events[-1].sequence),
        )
        known = (await self._session.execute(statement)).all()
        hashes = {row.hash for row in known}
        own = {row.sequence: row.hash for row in known if row.run_id == run_id}
        for event in batch.events:
            if event.sequence in own and own[event.sequence] != event.hash:
                raise LedgerConflictError(
                    f"event {event.sequence} of {batch.orchestration_id} is in the ledger with "
                    f"another content; a second author wrote for run {run_id}"
                )
        return tuple(event for event in batch.events if event.hash not in hashes)

    async def _write(self, head: Head | None, run_id: UUID, batch: Batch) -> Shown | None:
        """None when the tables do not follow."""
        projections, events = self._projections(batch), _insertion(run_id, batch)
        before = batch.events[0].previous_hash
        if head is not None and before == head.hash:
            return await projections.follow(head, run_id, batch.events, events)
        return await self._branch_off(head, run_id, batch)

    async def _branch_off(self, head: Head | None, run_id: UUID, batch: Batch) -> Shown | None:
        """From an earlier event than the tables show: a reset, or a superseded run's last words."""
        id = batch.orchestration_id
        await self._session.execute(insert(Event), rows_of(run_id, batch))
        chain = await self.chain(id, batch.events[-1].hash)
        if head is not None and await self._is_late(run_id, batch, head, chain):
            return None
        # A reset brings an ended orchestration back, and has terminated a later one for it.
        row = await self._session.get_one(Orchestration, id)
        await self.close_dead(row.workflow_id, id)
        return await self._projections(batch).anew(run_id, chain)

    async def close_dead(self, workflow_id: str, living: UUID) -> None:
        """Ends what other runs of this workflow id have left ACTIVE."""
        await self._close(Orchestration.workflow_id == workflow_id, Orchestration.id != living)

    async def close(self, orchestration_id: UUID) -> None:
        """Ends it if it was left ACTIVE, by a run of which Temporal knows that it is over."""
        await self._close(Orchestration.id == orchestration_id)

    async def _close(self, *which: ColumnElement[bool]) -> None:
        """Their rows are locked, since a last activity of theirs may still be writing."""
        statement = (
            select(Orchestration)
            .where(Orchestration.status.in_(RUNNING), *which)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        for row in (await self._session.scalars(statement)).all():
            chain = await self.chain(row.id, row.last_hash)
            await self.append(row.run_id, last_words(row, chain))
            self.closed.append(row.id)

    def _projections(self, batch: Batch) -> Projections:
        return Projections(self._session, batch.organization_id, batch.orchestration_id)

    async def _is_late(
        self, run_id: UUID, batch: Batch, head: Head, chain: list[ChainedEvent]
    ) -> bool:
        """Last words of a run that a reset has superseded: kept, but the tables do not follow.
        Such a run knows of fewer resets; before any was recorded, it has written before."""
        shown = await self.chain(batch.orchestration_id, head.hash)
        if (known := _resets(chain)) != _resets(shown):
            return known < _resets(shown)
        statement = select(Event.sequence).where(
            Event.orchestration_id == batch.orchestration_id,
            Event.run_id == run_id,
            Event.sequence < batch.events[0].sequence,
        )
        return (await self._session.execute(statement.limit(1))).first() is not None

    async def rows(self, orchestration_id: UUID) -> Sequence[Event]:
        """Every event of every run, as stored."""
        statement = (
            select(Event)
            .where(Event.orchestration_id == orchestration_id)
            .order_by(Event.sequence, Event.recorded_at)
        )
        return (await self._session.scalars(statement)).all()

    async def events(self, orchestration_id: UUID) -> list[tuple[UUID, ChainedEvent, Any]]:
        """Every event of every run: run, event, payload as stored."""
        rows = await self.rows(orchestration_id)
        return [(row.run_id, event_of(row), row.payload) for row in rows]

    async def chain(self, orchestration_id: UUID, last_hash: str) -> list[ChainedEvent]:
        """The branch that ends with this hash, from its first event on."""
        by_hash = {event.hash: event for _, event, _ in await self.events(orchestration_id)}
        chain = []
        while last_hash != GENESIS:
            event = by_hash.get(last_hash)
            if event is None:
                raise BrokenChainError(f"{orchestration_id}: no event has the hash {last_hash}")
            chain.append(event)
            last_hash = event.previous_hash
        return chain[::-1]


def _resets(chain: list[ChainedEvent]) -> int:
    return sum(isinstance(event.event, RunReset) for event in chain)


def _live(batch: Batch, shown: Shown) -> LiveBatch:
    last = batch.events[-1]
    return LiveBatch(
        organization_id=batch.organization_id,
        project_id=shown.project_id,
        orchestration_id=batch.orchestration_id,
        event=last.event.type,
        sequence=last.sequence,
        timestamp=last.timestamp,
        payload={
            "status": shown.status,
            "phase": shown.current_phase,
            "agent": last.agent_name,
            "progress": progress_of(shown.status, shown.current_phase),
        },
    )


def _insertion(run_id: UUID, batch: Batch) -> Write:
    return Write(Event, INSERT, rows_of(run_id, batch))
