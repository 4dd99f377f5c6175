"""Service levels as durable timers: warn, become critical and break, each at its own time."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from activities.sla import SlaActivities
    from contracts.events import SlaAcknowledged, SlaCritical, SlaViolated, SlaWarned
    from contracts.identity import person
    from contracts.ledger import ChainedEvent
    from contracts.sla import ZERO, Acknowledgement, SlaRefusal, SlaSeverity
    from contracts.sla_clocks import SlaQuestions, SlaReached, SlaState, SlaTold
    from policy.sla_clocks import ClockBoard, nearest, question_of, settle, unsettled
    from policy.sla_story import hear
    from workflows import options
    from workflows.failures import failed, was_cancelled
    from workflows.journal import Journal
    from workflows.timers import until

EVENT_OF: dict[SlaSeverity, type[SlaWarned] | type[SlaCritical] | type[SlaViolated]] = {
    SlaSeverity.WARNING: SlaWarned,
    SlaSeverity.CRITICAL: SlaCritical,
    SlaSeverity.BREACH: SlaViolated,
}
AFTER_A_FAILURE = timedelta(minutes=5)


class SlaClocks:
    """`board` hears how the work goes on; `watch` sleeps to whatever comes next, and records what
    is reached. Without definitions it gives Temporal no command at all."""

    def __init__(
        self,
        state: SlaState,
        journal: Journal,
        tell: Callable[[], None],
        flush: Callable[[], Awaitable[None]],
    ) -> None:
        """`tell` shows the nearest deadline; `flush` writes the journal, since the next activity
        that would carry it may be hours away."""
        self.board = ClockBoard(state, workflow.now)
        self._state, self._journal = state, journal
        self._tell, self._flush = tell, flush
        self._over, self._turn = False, asyncio.Lock()

    def hear(self, chained: ChainedEvent) -> None:
        """Starts, holds and stops clocks by what is recorded: to be told of each event."""
        hear(self.board, chained.event, chained.phase)

    async def watch(self) -> None:
        """Until the end: a task of its own beside the work, dropped when the run continues as
        new."""
        while not self._over:
            await self._sleep()
            try:
                await self._settle()
            except ActivityError as error:
                if was_cancelled(error):
                    raise
                workflow.logger.error("service levels could not be reckoned: %s", error.cause)
                await workflow.sleep(AFTER_A_FAILURE, summary="reckon service levels again")

    async def end(self) -> None:
        """Stops the clocks, and records what they had reached: to be awaited before the run's
        last event is recorded. A store that stays away does not keep the run from its end."""
        self._over = True
        self.board.end()
        try:
            while self._unsettled():
                await self._settle()
        except ActivityError as error:
            if was_cancelled(error):
                raise
            workflow.logger.error("service levels could not be reckoned: %s", error.cause)

    async def acknowledge(self, acknowledgement: Acknowledgement) -> str:
        """Says what was acknowledged. Raises what `check` raises."""
        self.check(acknowledgement)
        meant = [one for one in self._meant(acknowledgement) if not one.acknowledged]
        for told in meant:
            event = SlaAcknowledged(
                sla_id=told.sla_id,
                sla=told.name,
                severity=told.severity,
                comment=acknowledgement.comment,
            )
            self._journal.record(event, phase=told.phase, actor=person(acknowledgement.by))
        self._state.told = [
            one.model_copy(update={"acknowledged": True}) if one in meant else one
            for one in self._state.told
        ]
        self._tell()
        await self._flush()
        return ", ".join(f"{one.name} {one.severity}" for one in meant)

    def check(self, acknowledgement: Acknowledgement) -> None:
        meant = self._meant(acknowledgement)
        if not meant:
            raise failed(
                SlaRefusal.NOTHING_TO_ACKNOWLEDGE, "no such service level is at risk or broken"
            )
        if all(one.acknowledged for one in meant):
            raise failed(SlaRefusal.ALREADY_ACKNOWLEDGED, "it is acknowledged already")

    def _meant(self, acknowledgement: Acknowledgement) -> list[SlaTold]:
        return [
            one
            for one in self._state.told
            if acknowledgement.sla in (None, one.name)
            and acknowledgement.phase in (None, one.phase)
        ]

    def _unsettled(self) -> bool:
        return bool(unsettled(self._state, workflow.now()))

    async def _sleep(self) -> None:
        """Until something is to be reckoned, or the nearest instant is another one."""
        instant = nearest(self._state)
        left = None if instant is None else until(instant)
        try:
            await workflow.wait_condition(
                lambda: self._over or self._unsettled() or nearest(self._state) != instant,
                timeout=left,
                timeout_summary="the next service level",
            )
        except TimeoutError:
            return  # That is the instant.

    async def _settle(self) -> None:
        """Whatever has been reached is recorded. One after the other: the end of the work may
        come while the watch is at it."""
        async with self._turn:
            reached = await self._reckon()
            for one in reached:
                self._record(one)
        if reached:
            await self._flush()

    async def _reckon(self) -> list[SlaReached]:
        """One activity for all the clocks that need it."""
        now = workflow.now()
        clocks = unsettled(self._state, now)
        if not clocks:
            return []
        asked = SlaQuestions(questions=tuple(question_of(clock, now) for clock in clocks))
        found = await workflow.execute_activity_method(
            SlaActivities.reckon_clocks, asked, **options.database("reckon service levels")
        )
        reached = settle(self._state, zip(clocks, found.answers, strict=True), now)
        self._tell()
        return reached

    def _record(self, reached: SlaReached) -> None:
        terms = reached.clock.definition
        event = EVENT_OF[reached.severity](
            sla_id=terms.id,
            sla=terms.name,
            at=reached.at,
            target=terms.target,
            actual=reached.actual,
            exceeded_by=max(reached.actual - terms.target, ZERO),
            tell=terms.tell.get(reached.severity, ()),
        )
        self._journal.record(event, phase=reached.clock.phase)
