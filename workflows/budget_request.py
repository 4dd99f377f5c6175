"""A request for a higher budget: put to whoever holds it, again and again, until it is settled."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from contracts.budgets import Bound, Scope, Spender
    from contracts.gates import AskedBy
    from contracts.jira_work import Awaited
    from contracts.levels import Approver
    from policy.approval_stages import Next, Stage
    from policy.budget_stages import asked_by_now, can_escalate, lasting
    from policy.budgets import day_of
    from workflows.budget_holders import still_holding
    from workflows.budget_record import BudgetRecord
    from workflows.journal import Journal
    from workflows.timers import until

Show = Callable[[Awaited], Awaitable[None]]


@dataclass(frozen=True)
class WantedRaise:
    """`people` hold the budget now, by e-mail address."""

    bound: Bound
    spender: Spender
    stage: Stage
    by: AskedBy
    people: tuple[str, ...]


class BudgetRequest:
    """One request. What time brings is done in `settle` alone."""

    def __init__(self, wanted: WantedRaise, journal: Journal, show: Show) -> None:
        """`show` tells what is awaited, and writes what was recorded."""
        self.bound, self.spender = wanted.bound, wanted.spender
        self.record = BudgetRecord(workflow.uuid7(), wanted.bound, wanted.spender, journal)
        self.settled, self.day_is_over = False, False
        self._by, self._show = wanted.by, show
        self._stage, self._nobody_is_told = wanted.stage, False
        self._held = bool(wanted.people)
        self.awaited = self.record.exceeded(wanted.stage, wanted.people)

    @property
    def ask(self) -> tuple[Approver, ...]:
        """Whose word counts by now."""
        return asked_by_now(self._stage)

    async def settle(self) -> None:
        """Comes back when somebody has said something that counts, or a new day has begun."""
        await self._show(self.awaited)
        if not self._held and not self.settled:
            await self._nobody()
        while not self.settled and not self.day_is_over:
            await self._until_something_happens()

    async def _until_something_happens(self) -> None:
        try:
            await workflow.wait_condition(
                lambda: self.settled,
                timeout=until(self._instant),
                timeout_summary=self._coming(),
            )
        except TimeoutError:
            # Somebody may have said something in the very turn in which the time ran out.
            if not self.settled:
                await self._time_came(workflow.now())

    @property
    def _instant(self) -> datetime:
        tomorrow = self._tomorrow
        return min(tomorrow, self._stage.instant) if tomorrow else self._stage.instant

    @property
    def _tomorrow(self) -> datetime | None:
        """A day's cap holds for the day in which it was asked about; that may be over when the
        stores have it."""
        return day_of(self._stage.since)[1] if self.bound.scope is Scope.ORGANIZATION else None

    def _coming(self) -> str:
        if self._instant == self._tomorrow:
            return "the organization's next day"
        next = self._stage.next(None)
        return f"budget: {Next.REMIND.name if next is Next.EXPIRE else next.name}".lower()

    async def _time_came(self, now: datetime) -> None:
        if self._tomorrow is not None and now >= self._tomorrow:
            self.day_is_over = True
        elif now < self._stage.instant:
            return  # A timer that came a little early is set again.
        elif (coming := self._stage.next(None)) is Next.ESCALATE:
            await self._escalate(unheld=False)
        else:
            stage = self._stage
            again = coming is Next.REMIND
            self._stage = stage.after_reminder(now) if again else lasting(stage, now)
            await self._remind()

    async def _remind(self) -> None:
        people = await still_holding(self._by, self.ask)
        if people is None or self.settled:
            return
        if not people:
            await self._nobody()
            return
        self._nobody_is_told = False
        self.record.reminded(self._stage, people, self._by)
        await self._show(self.awaited)

    async def _escalate(self, *, unheld: bool) -> None:
        self._stage = self._stage.after_escalation(workflow.now())
        people = await still_holding(self._by, self.ask)
        if self.settled:
            return
        self._awaits(self.record.escalated(self._stage, people or (), unheld=unheld))
        await self._show(self.awaited)
        if people == () and not self.settled:
            await self._nobody()

    async def _nobody(self) -> None:
        """Could grant more. It is said once, until that has changed."""
        if can_escalate(self._stage):
            await self._escalate(unheld=True)
        elif not self._nobody_is_told:
            self._nobody_is_told = True
            self._awaits(self.record.nobody(self._stage))
            await self._show(self.awaited)

    def _awaits(self, whom: str) -> None:
        self.awaited = self.awaited.model_copy(update={"whom": whom})
