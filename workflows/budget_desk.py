"""Where a run asks for a higher budget: one request at a time, and whose word on it counts."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from temporalio import workflow
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from activities.budgets import BudgetActivities
    from contracts.budgets import (
        Bound,
        BudgetObjection,
        BudgetRefusal,
        HoldersQuestion,
        RaiseAuthority,
        RaiseBudget,
        RaiseQuestion,
        Scope,
        Spender,
    )
    from contracts.events import BudgetExceeded, BudgetRaised, BudgetRefused, Event
    from contracts.gates import AskedBy
    from contracts.identity import SYSTEM, Actor, person
    from contracts.jira_work import Awaited
    from contracts.playbooks import Playbook
    from policy.budget_raises import grant, holders_of, objection_to
    from policy.budgets import day_of, said_of_bound
    from workflows import options
    from workflows.failures import failed
    from workflows.journal import Journal
    from workflows.progress import Progress

# Each try is looked up and written down; those of somebody who never stops are not.
MOST_TRIES = 200
SHORTEST = timedelta(milliseconds=10)
NOBODY = Spender()
Show = Callable[[], Awaitable[None]]


@dataclass(frozen=True)
class Asked:
    bound: Bound
    spender: Spender
    event: BudgetExceeded
    since: datetime

    def awaited(self) -> Awaited:
        return Awaited(what=self.event.what(), whom=self.event.words(), since=self.since)


class BudgetDesk:
    def __init__(
        self, progress: Progress, journal: Journal, asked_by: Callable[[], AskedBy], show: Show
    ) -> None:
        """`show` tells what is awaited, and writes what was recorded."""
        self._progress, self._journal = progress, journal
        self._asked_by, self._show = asked_by, show
        self._state = progress.budget
        self._asked: Asked | None = None
        self._turn, self._tries = asyncio.Lock(), 0
        self.refusal: ApplicationError | None = None
        self.day_raised_at: datetime | None = None

    def awaited(self) -> Awaited | None:
        return self._asked.awaited() if self._asked is not None else None

    async def holders(self, bound: Bound) -> tuple[str, ...]:
        asked_by, ask = self._asked_by(), holders_of(self._playbook, bound)
        people = await workflow.execute_activity_method(
            BudgetActivities.name_holders,
            HoldersQuestion(organization=asked_by.organization, ask=ask),
            **options.database("who may raise the budget?"),
        )
        return tuple(people)

    async def ask(self, bound: Bound, spender: Spender, people: tuple[str, ...]) -> None:
        reason = said_of_bound(bound)
        ask = holders_of(self._playbook, bound)
        event = BudgetExceeded(bound=bound, reason=reason, ask=ask, people=people)
        asked = self._asked = Asked(bound, spender, event, workflow.now())
        self._tries = 0
        self._record(event, spender, SYSTEM)
        self._progress.awaited = self._progress.awaited or asked.awaited()
        await self._show()
        try:
            await workflow.wait_condition(
                lambda: self._asked is not asked,
                timeout=_until_tomorrow(asked),
                timeout_summary="the organization's next day",
            )
        except TimeoutError:
            if self._asked is asked:
                self._begin_day(asked)

    def _begin_day(self, asked: Asked) -> None:
        """Nobody raised anything: the day's cap is a new one."""
        raised = BudgetRaised(
            scope=asked.bound.scope,
            measure=asked.bound.measure,
            comment="a new day has begun",
            granted=self._state.granted,
        )
        self._record(raised, asked.spender, SYSTEM)
        self.day_raised_at = workflow.now()
        self._settle()

    def _settle(self) -> None:
        asked, self._asked = self._asked, None
        if asked is not None and self._progress.awaited == asked.awaited():
            self._progress.awaited = None

    def check(self) -> None:
        """Before anything is written down."""
        if self._tries >= MOST_TRIES:
            raise failed(BudgetRefusal.TOO_MUCH, "too many tries to raise this budget")
        if not self._journal.opened:
            why = "the work is not open yet: say it again soon"
            raise failed(BudgetRefusal.NOT_OPEN, why)

    async def raise_budget(self, said: RaiseBudget) -> str:
        """What holds now. Raises the refusal as an ApplicationError whose type is the
        BudgetRefusal."""
        self._tries += 1
        heard_at = workflow.now()
        async with self._turn:
            authority = await self._authority(said, heard_at)
            if authority.refusal is not None:
                raise failed(authority.refusal, authority.reason)
            if self._progress.status.terminal:
                raise failed(BudgetRefusal.NOTHING_WAITS, "the work is over meanwhile")
            answer = self._take(said)
        if self._progress.waits:
            await self._show()
        return answer

    def _take(self, said: RaiseBudget) -> str:
        asked, by = self._asked, person(said.by)
        if said.signature is not None:
            self._state.taken.append(said.signature)
        if said.refuse:
            assert asked is not None
            self._refuse(asked, said, by)
            return "it ends: nothing more is granted"
        bound, spender = (asked.bound, asked.spender) if asked else (None, None)
        scope = grant(self._state, said, bound, spender)
        if scope is Scope.ORGANIZATION:
            self.day_raised_at = workflow.now()
        self._record_raise(said, scope, asked, by)
        self._settle()
        return "raised; it goes on" if asked else "raised ahead; nothing waited for it"

    def _refuse(self, asked: Asked, said: RaiseBudget, by: Actor) -> None:
        refused = BudgetRefused(bound=asked.bound, comment=said.comment)
        self._record(refused, asked.spender, by)
        why = f"{said.by} did not raise the budget ({asked.event.reason}): {said.comment}"
        self.refusal = failed("BudgetRefused", why)
        self._settle()

    def _record_raise(
        self, said: RaiseBudget, scope: Scope, asked: Asked | None, by: Actor
    ) -> None:
        raised = BudgetRaised(
            scope=scope,
            measure=asked.bound.measure if asked else None,
            comment=said.comment,
            granted=self._state.granted,
            **said.model_dump(include={"tokens", "cost", "rounds", "time"}),
        )
        self._record(raised, asked.spender if asked else NOBODY, by)

    async def _authority(self, said: RaiseBudget, heard_at: datetime) -> RaiseAuthority:
        """Asked again where what is waited for has changed meanwhile."""
        while True:
            objection, asked = self._objection(said), self._asked
            by = self._asked_by()
            question = RaiseQuestion(
                organization=by.organization,
                orchestration_id=by.orchestration_id,
                issue_key=by.issue_key,
                ask=holders_of(self._playbook, asked.bound if asked else None),
                said=said,
                heard_at=heard_at,
                objection=objection,
            )
            authority = await workflow.execute_activity_method(
                BudgetActivities.authorise_raise,
                question,
                **options.database(f"may {said.by} raise the budget?"),
            )
            if authority.refusal is not None or asked is self._asked:
                return authority

    def _objection(self, said: RaiseBudget) -> BudgetObjection | None:
        bound = self._asked.bound if self._asked is not None else None
        return objection_to(said, bound, self._playbook, self._state)

    @property
    def _playbook(self) -> Playbook:
        assert self._progress.opened is not None
        return self._progress.opened.opening.playbook

    def _record(self, event: Event, spender: Spender, actor: Actor) -> None:
        self._journal.record(event, phase=spender.phase, agent=spender.agent, actor=actor)


def _until_tomorrow(asked: Asked) -> timedelta | None:
    """A day's cap holds for the day in which it was asked about; that may be over when the stores
    have it."""
    if asked.bound.scope is not Scope.ORGANIZATION:
        return None
    _, tomorrow = day_of(asked.since)
    return max(tomorrow - workflow.now(), SHORTEST)
