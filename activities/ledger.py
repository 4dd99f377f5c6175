"""Activities and the writer that put a run's events into the ledger."""

import logging
from uuid import UUID

from temporalio import activity

from cache.bus import Bus
from contracts.ledger import Batch
from db.engine import Sessions
from db.ledger import Ledger


class LedgerWriter:
    """One transaction a batch, then word of it on the bus, which nobody depends on."""

    def __init__(self, sessions: Sessions, bus: Bus) -> None:
        self._sessions, self._bus = sessions, bus

    async def write(self, batch: Batch) -> None:
        """Repeatable: what the ledger already holds is not written again. Raises
        LedgerConflictError and BrokenChainError."""
        run_id = UUID(activity.info().workflow_run_id)
        async with self._sessions.begin() as session:
            written = await Ledger(session).append(run_id, batch)
        if written is not None:
            await self._bus.publish(written)


class LedgerActivities:
    @activity.defn
    async def append_events(self) -> None:
        """Has no effect of its own: the events in its header are written before it starts."""
        logging.getLogger(__name__).debug("the journal is written")
