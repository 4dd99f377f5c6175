"""Where a run asks for a higher budget: one request at a time, and whose word on it counts."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

from temporalio import workflow
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from activities.budgets import BudgetActivities
    from contracts.budgets import (
        Bound,
        BudgetRefusal,
        NewDay,
        RaiseAuthority,
        RaiseBudget,
        RaiseQuestion,
        Scope,
        Spender,
    )
    from contracts.events import BudgetRaised
    from contracts.gates import AskedBy
    from contracts.identity import person
    from contracts.jira_work import Awaited
    from contracts.levels import Approver
    from policy.budget_raises import grant, holders_of, meant, objection_to
    from policy.budget_stages import first_stage
    from policy.decision_tries import Tries
    from workflows import options
    from workflows.budget_holders import holders
    from workflows.budget_request import BudgetRequest, WantedRaise
    from workflows.failures import failed, withdrawn
    from workflows.journal import Journal
    from workflows.progress import Progress

# Each try is looked up and written down; those of somebody who never stops are not.
MOST_TRIES, MOST_TRIES_EACH = 200, 30
NOBODY = Spender()
Show = Callable[[], Awaitable[None]]


class BudgetDesk:
    def __init__(
        self, progress: Progress, journal: Journal, asked_by: Callable[[], AskedBy], show: Show
    ) -> None:
        """`show` tells what is awaited, and writes what was recorded."""
        self._progress, self._journal = progress, journal
        self._asked_by, self.show = asked_by, show
        self._state = progress.budget
        self._asked: BudgetRequest | None = None
        self._told: Awaited | None = None
        self._turn, self._tries = asyncio.Lock(), Tries(MOST_TRIES, MOST_TRIES_EACH)
        self.refusal: ApplicationError | None = None
        self.day_raised_at: datetime | None = None

    def awaited(self) -> Awaited | None:
        return self._asked.awaited if self._asked is not None else None

    async def holders(self, bound: Bound) -> tuple[str, ...]:
        return await holders(self._asked_by(), holders_of(self._progress.opening.playbook, bound))

    async def ask(self, bound: Bound, spender: Spender, people: tuple[str, ...]) -> None:
        stage = first_stage(self._progress.opening.playbook, bound, workflow.now())
        wanted = WantedRaise(bound, spender, stage, self._asked_by(), people)
        asked = self._asked = BudgetRequest(wanted, self._journal, self._tell)
        self._tries = Tries(MOST_TRIES, MOST_TRIES_EACH)
        await asked.settle()
        if not asked.settled:
            self._begin_day(asked)

    def withdraw(self, why: str) -> bool:
        """Nobody is asked any more, nor will be; whether somebody was."""
        self.refusal = self.refusal or withdrawn(why)
        asked = self._asked
        if asked is not None:
            asked.record.withdrawn(why)
            self._settle()
        return asked is not None

    async def _tell(self, awaited: Awaited) -> None:
        if self._progress.awaited in (None, self._told):
            self._progress.awaited = awaited
        self._told = awaited
        await self.show()

    def _begin_day(self, asked: BudgetRequest) -> None:
        """Nobody raised anything: the day's cap is a new one."""
        raised = BudgetRaised(
            scope=asked.bound.scope,
            measure=asked.bound.measure,
            comment="a new day has begun",
            granted=self._state.granted,
        )
        asked.record.note(raised)
        self.day_raised_at = workflow.now()
        self._state.new_day = NewDay(bound=asked.bound, at=self.day_raised_at)
        self._settle()

    def _settle(self) -> None:
        asked, self._asked = self._asked, None
        if asked is None:
            return
        asked.settled = True
        if self._progress.awaited == self._told:
            self._progress.awaited = None

    def check(self, said: RaiseBudget) -> None:
        """Before anything is written down."""
        if self._tries.used_up(said):
            raise failed(BudgetRefusal.TOO_MUCH, "too many tries to raise this budget")
        if not self._journal.opened:
            why = "the work is not open yet: say it again soon"
            raise failed(BudgetRefusal.NOT_OPEN, why)

    async def raise_budget(self, said: RaiseBudget) -> str:
        """What holds now. Raises the refusal as an ApplicationError whose type is the
        BudgetRefusal."""
        self._tries.count(said)
        heard_at = workflow.now()
        async with self._turn:
            authority = await self._authority(said, heard_at)
            if authority.refusal is not None:
                raise failed(authority.refusal, authority.reason)
            if self._progress.status.terminal:
                raise failed(BudgetRefusal.NOTHING_WAITS, "the work is over meanwhile")
            asked = self._asked
            answer = self._take(said, heard_at)
        if self._asked is asked:  # Nothing goes on by it, which would carry it soon.
            await self.show()
        return answer

    def _take(self, said: RaiseBudget, heard_at: datetime) -> str:
        asked, bound = self._asked, self._meant(said, heard_at)
        if said.signature is not None:
            self._state.taken.append(said.signature)
        if said.refuse:
            assert asked is not None
            self._refuse(asked, said)
            return "it ends: nothing more is granted"
        answers = asked if asked is not None and asked.bound is bound else None
        scope = grant(self._state, said, bound, answers.spender if answers else None)
        if scope is Scope.ORGANIZATION:
            self.day_raised_at = workflow.now()
        self._record_raise(said, scope, answers)
        if answers is not None:
            self._settle()
            return "raised; it goes on"
        if scope is Scope.ORGANIZATION:
            return "raised for the day that has begun; it went on by itself meanwhile"
        return "raised ahead; nothing waited for it"

    def _refuse(self, asked: BudgetRequest, said: RaiseBudget) -> None:
        asked.record.refused(said.comment, person(said.by))
        why = f"{said.by} did not raise the budget ({asked.record.reason}): {said.comment}"
        self.refusal = failed("BudgetRefused", why)
        self._settle()

    def _record_raise(self, said: RaiseBudget, scope: Scope, answers: BudgetRequest | None) -> None:
        raised = BudgetRaised(
            scope=scope,
            measure=answers.bound.measure if answers else None,
            comment=said.comment,
            granted=self._state.granted,
            **said.model_dump(include={"tokens", "cost", "rounds", "time"}),
        )
        spender = answers.spender if answers else NOBODY
        self._journal.record(
            raised, phase=spender.phase, agent=spender.agent, actor=person(said.by)
        )

    async def _authority(self, said: RaiseBudget, heard_at: datetime) -> RaiseAuthority:
        """Asked again where what is waited for has changed meanwhile."""
        while True:
            asked, by = self._asked, self._asked_by()
            about, playbook = self._meant(said, heard_at), self._progress.opening.playbook
            question = RaiseQuestion(
                organization=by.organization,
                orchestration_id=by.orchestration_id,
                issue_key=by.issue_key,
                ask=self._ask(about),
                said=said,
                heard_at=heard_at,
                objection=objection_to(said, about, playbook, self._state),
            )
            authority = await workflow.execute_activity_method(
                BudgetActivities.authorise_raise,
                question,
                **options.database(f"may {said.by} raise the budget?"),
            )
            unmoved = asked is self._asked and about == self._meant(said, heard_at)
            if authority.refusal is not None or unmoved:
                return authority

    def _ask(self, bound: Bound | None) -> tuple[Approver, ...]:
        if self._asked is not None and self._asked.bound is bound:
            return self._asked.ask
        return holders_of(self._progress.opening.playbook, bound)

    def _meant(self, said: RaiseBudget, heard_at: datetime) -> Bound | None:
        asked = self._asked.bound if self._asked is not None else None
        return meant(said, asked, self._state.new_day, heard_at)
