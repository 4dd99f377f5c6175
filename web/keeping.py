"""The durable act: a delivery becomes a row, or, with Postgres away, a workflow that holds it."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic

from sqlalchemy.exc import DBAPIError

from activities.turns import in_turns, raise_first
from clients.temporal.webhooks import Begun, WebhookWorkflows
from contracts.webhooks import ReceivedDelivery, Repetition, WebhookWork
from db.engine import Sessions, at_most, each_by_itself
from db.unfit import dead_letter, is_unfit
from db.webhooks import Inbox, KeptDelivery, WaitingDelivery
from web.bodies import TurnedAwayError
from web.gathering import Gathering
from web.relay import Relay

log = logging.getLogger(__name__)
# Slack waits 3 s in all: a workflow must still be started in them.
PATIENCE = timedelta(seconds=2)
# Who sends such waits longer, GitHub 10 s:
# https://docs.github.com/en/webhooks/using-webhooks/best-practices-for-using-webhooks
FOR_LARGE = timedelta(seconds=6)
STARTING = timedelta(seconds=5)
REST = timedelta(seconds=2)
HERE = float("-inf")
LARGEST = 1_500_000
"""Of what travels compressed through Temporal, which takes 2 MB at most with all around it."""
AWAY = timedelta(seconds=10)
LARGE = 256 * 1024


class PostgresAwayError(Exception):
    """Postgres was not there a moment ago."""


@dataclass(frozen=True)
class Receipt:
    """`id` is the row's, or the workflow's while there is no row yet."""

    id: str
    new: bool


class Keeper:
    """`by_workflow` counts what was kept without Postgres, which has `patience` for a row."""

    def __init__(
        self,
        sessions: Sessions,
        workflows: WebhookWorkflows,
        relay: Relay,
        patience: timedelta = PATIENCE,
    ) -> None:
        self._sessions, self._workflows, self._relay = sessions, workflows, relay
        self._patience = patience
        # One statement at a time: the more rows it takes, the less each of them costs.
        self._rows = Gathering(self._asked)
        self._large_rows = Gathering(self._asked, at_once=2, most=1)
        self._away_until, self._is_trial = HERE, False
        self.by_workflow = self.conflicts = 0

    async def keep(self, received: Sequence[ReceivedDelivery]) -> list[Receipt]:
        """Durable when it returns. Raises TurnedAwayError (503) when nothing could hold it."""
        if self._may_ask():
            try:
                return await self._all(received)
            except Exception as error:  # Written or not: the workflow's id is the same.
                log.warning("webhooks: Postgres takes no deliveries: %s", type(error).__name__)
        return await self._workflows_of(received)

    def _may_ask(self) -> bool:
        """When it was away one of them tries again, and none waits for what that one learns."""
        if self._away_until == HERE:
            return True
        if monotonic() < self._away_until:
            return False
        self._away_until = monotonic() + (self._patience + REST).total_seconds()
        self._is_trial = True
        return True

    async def _all(self, received: Sequence[ReceivedDelivery]) -> list[Receipt]:
        if len(received) == 1:
            return [await self._row(received[0])]
        return await asyncio.gather(*(self._row(one) for one in received))

    async def _row(self, one: ReceivedDelivery) -> Receipt:
        rows = self._large_rows if _is_large([one]) else self._rows
        kept = await rows.ask(one)
        if kept.new and not one.unreadable:
            self._relay.offer(WaitingDelivery(kept.id, one.workflow_id, 0))
        self.conflicts += kept.conflict
        return Receipt(str(kept.id), kept.new)

    async def _asked(self, received: Sequence[ReceivedDelivery]) -> list[KeptDelivery]:
        """Who has gathered meanwhile must know at once that it is away, or waits in vain too."""
        if monotonic() < self._away_until and not self._is_trial:
            raise PostgresAwayError("those who came before waited for it in vain")
        try:
            kept = await self._insert(received)
        except Exception as error:
            # That a large row took too long says nothing of all others.
            if not (_is_large(received) and isinstance(error, TimeoutError)):
                self._away_until = monotonic() + REST.total_seconds()
            raise
        finally:
            self._is_trial = False
        self._away_until = HERE
        return kept

    async def _insert(self, received: Sequence[ReceivedDelivery]) -> list[KeptDelivery]:
        try:
            return await self._put(received)
        except DBAPIError as error:
            if not is_unfit(error):
                raise
            if len(received) == 1:
                return await self._put([dead_letter(received[0], error)])
            return [(await self._insert([one]))[0] for one in received]

    async def _put(self, received: Sequence[ReceivedDelivery]) -> list[KeptDelivery]:
        patience = FOR_LARGE if _is_large(received) else self._patience
        async with at_most(patience), each_by_itself(self._sessions) as session:
            return await Inbox(session).put(received)

    async def _workflows_of(self, received: Sequence[ReceivedDelivery]) -> list[Receipt]:
        """A batch has no more time than one delivery: its sender waits no longer."""
        try:
            async with asyncio.timeout(STARTING.total_seconds()):
                kept = await in_turns(self._workflow, received)
        except TimeoutError:
            raise TurnedAwayError(503, "nothing could hold it in time", AWAY) from None
        raise_first([one for one in kept if isinstance(one, BaseException)])
        return [one for one in kept if isinstance(one, Receipt)]

    async def _workflow(self, one: ReceivedDelivery) -> Receipt:
        if len(one.raw) * 4 // 3 > LARGEST:
            raise TurnedAwayError(503, "the database is away", AWAY)
        try:
            begun = await self._workflows.start(one.workflow_id, WebhookWork(received=one))
            if begun is Begun.BEFORE:
                # With this body or another one: only the row can tell.
                await self._workflows.compare(Repetition.of(one))
        except Exception as error:
            log.warning("webhooks: nor does Temporal: %s", type(error).__name__)
            raise TurnedAwayError(503, "nothing could hold it", AWAY) from error
        self.by_workflow += 1
        return Receipt(one.workflow_id, begun is Begun.NOW)


def _is_large(received: Sequence[ReceivedDelivery]) -> bool:
    """Large ones come alone."""
    return len(received[0].raw) >= LARGE
