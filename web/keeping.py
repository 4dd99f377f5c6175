"""The durable act: a delivery becomes a row, or, with Postgres away, a workflow that holds it."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic

from sqlalchemy.exc import DBAPIError

from clients.webhooks import Begun, WebhookWorkflows
from contracts.webhooks import ReceivedDelivery, WebhookWork
from db.engine import Sessions, one_statement
from db.webhooks import Inbox, Kept, Waiting
from web.bodies import RefusedError
from web.gathering import Gathering
from web.relay import Relay

log = logging.getLogger(__name__)
PATIENCE = timedelta(seconds=3)
REST = timedelta(seconds=2)
LARGEST = 1_500_000
"""Of what travels compressed through Temporal, which takes 2 MB at most with all around it."""
AWAY = timedelta(seconds=10)
LARGE = 256 * 1024
UNFIT = "22"
"""The class of SQLSTATE for values that a column cannot hold."""


class AwayError(Exception):
    """Postgres was not there a moment ago."""


@dataclass(frozen=True)
class Receipt:
    """`id` is the row's, or the workflow's while there is no row yet."""

    id: str
    new: bool


class Keeper:
    """`by_workflow` counts what was kept without Postgres."""

    def __init__(self, sessions: Sessions, workflows: WebhookWorkflows, relay: Relay) -> None:
        self._sessions, self._workflows, self._relay = sessions, workflows, relay
        # One statement at a time: the more rows it takes, the less each of them costs.
        self._rows = Gathering(self._insert)
        self._large_rows = Gathering(self._insert, at_once=2, most=1)
        self._away_until = float("-inf")
        self.by_workflow = self.conflicts = 0

    async def keep(self, received: Sequence[ReceivedDelivery]) -> list[Receipt]:
        """Durable when it returns. Raises RefusedError (503) when nothing could hold it."""
        if monotonic() >= self._away_until:
            try:
                return await self._all(received)
            except Exception as error:  # Written or not: the workflow's id is the same.
                log.warning("webhooks: Postgres takes no deliveries: %s", type(error).__name__)
                self._away_until = monotonic() + REST.total_seconds()
        return [await self._workflow(one) for one in received]

    async def _all(self, received: Sequence[ReceivedDelivery]) -> list[Receipt]:
        if len(received) == 1:
            return [await self._row(received[0])]
        return await asyncio.gather(*(self._row(one) for one in received))

    async def _row(self, one: ReceivedDelivery) -> Receipt:
        rows = self._rows if len(one.raw) < LARGE else self._large_rows
        kept = await rows.ask(one)
        if kept.new and not one.unreadable:
            self._relay.offer(Waiting(kept.id, one.workflow_id, 0))
        self.conflicts += kept.conflict
        return Receipt(str(kept.id), kept.new)

    async def _insert(self, received: Sequence[ReceivedDelivery]) -> list[Kept]:
        try:
            return await self._put(received)
        except DBAPIError as error:
            if not str(getattr(error.orig, "sqlstate", "")).startswith(UNFIT):
                raise
            if len(received) == 1:
                why = f"Postgres cannot hold it: {type(error.orig).__name__}"
                return await self._put([received[0].model_copy(update={"unreadable": why})])
            return [(await self._insert([one]))[0] for one in received]

    async def _put(self, received: Sequence[ReceivedDelivery]) -> list[Kept]:
        if monotonic() < self._away_until:
            raise AwayError("those who came before waited for it in vain")
        async with (
            asyncio.timeout(PATIENCE.total_seconds()),
            one_statement(self._sessions) as session,
        ):
            return await Inbox(session).put(received)

    async def _workflow(self, one: ReceivedDelivery) -> Receipt:
        if len(one.raw) * 4 // 3 > LARGEST:
            raise RefusedError(503, "the database is away", AWAY)
        try:
            begun = await self._workflows.start(one.workflow_id, WebhookWork(received=one))
        except Exception as error:
            log.warning("webhooks: nor does Temporal: %s", type(error).__name__)
            raise RefusedError(503, "nothing could hold it", AWAY) from error
        self.by_workflow += 1
        return Receipt(one.workflow_id, begun is Begun.NOW)
