"""Activities and the writer that put a run's events into the ledger."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from time import monotonic
from uuid import UUID

from temporalio import activity

from activities.announcements import Announcer
from activities.log_context import bind_orchestration
from activities.metrics import appended, publish_failed
from activities.shared import SharedByAll
from cache.bus import Bus
from contracts.ledger import GENESIS, Batch
from contracts.live import LiveBatch
from db.engine import Sessions, each_by_itself
from db.ledger import Ledger


class LedgerWriter:
    """One transaction for a batch, then word of it on the bus, which nobody depends on."""

    def __init__(
        self, sessions: Sessions, bus: Bus, announcer: Announcer, shared: SharedByAll
    ) -> None:
        self._sessions, self._bus, self._announcer = sessions, bus, announcer
        self._shared = shared

    @asynccontextmanager
    async def written(self, batch: Batch) -> AsyncIterator[None]:
        """Within, the ledger holds the batch, and word of it goes out; it has by the end.
        Repeatable: what the ledger already holds is not written again. Raises LedgerConflictError
        and BrokenChainError."""
        bind_orchestration(batch.orchestration_id)
        new = await self._write(batch)
        # Also of what an earlier try has written: it may have died before it told anybody.
        await self._announcer.announce(batch)
        telling = asyncio.create_task(self._tell(new))
        try:
            yield
        finally:
            await telling

    async def _write(self, batch: Batch) -> LiveBatch | None:
        run_id, started = UUID(activity.info().workflow_run_id), monotonic()
        new = await self._extend(run_id, batch) or await self._append(run_id, batch)
        if new is not None:
            appended(len(batch.events), timedelta(seconds=monotonic() - started))
        return new

    async def _tell(self, new: LiveBatch | None) -> None:
        if new is not None and not await self._bus.publish(new):
            publish_failed()

    async def _append(self, run_id: UUID, batch: Batch) -> LiveBatch | None:
        async with self._sessions.begin() as session:
            ledger = Ledger(session)
            written = await ledger.append(run_id, batch)
        await self._shared.of(batch.organization_id).live.delete(*ledger.closed)
        return written

    async def _extend(self, run_id: UUID, batch: Batch) -> LiveBatch | None:
        """What nearly every batch needs; the rest is for a transaction of several statements."""
        if batch.events[0].previous_hash == GENESIS:
            return None
        async with each_by_itself(self._sessions) as session:
            return await Ledger(session).extend(run_id, batch)


class LedgerActivities:
    @activity.defn
    async def append_events(self) -> None:
        """Has no effect of its own: the events in its header are written before it starts."""
        logging.getLogger(__name__).debug("the journal is written")
