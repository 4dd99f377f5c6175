"""The journal written by itself, where no other activity is to run that would carry it."""

import asyncio

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.ledger import LedgerActivities
    from workflows import options
    from workflows.journal import Journal


class Writing:
    """One activity at a time, for whoever wants something written. A hundred signals that come at
    once would begin one each, with the same events in all of them: together more than the four
    megabytes that a workflow task may answer with, and no try of it ever gets through."""

    def __init__(self, journal: Journal) -> None:
        self._journal, self._turn = journal, asyncio.Lock()

    async def finish(self) -> None:
        """The loop: what is recorded while the last activity runs must not be left behind."""
        async with self._turn:
            while self._journal.opened and self._journal.pending:
                await workflow.execute_activity_method(
                    LedgerActivities.append_events, **options.database("write the ledger")
                )
