"""Caps on what a run may use: what is left at each turn, and when a person must be asked."""

import asyncio
from datetime import datetime
from decimal import Decimal

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from contracts.agents import AgentResult
    from contracts.budgets import NO_GRANT, Bound, Measure, Scope, Spender
    from contracts.phases import Phase
    from contracts.playbooks import AgentSpec
    from policy.budgets import (
        bounds_of,
        more_time,
        passed_after,
        said_of_bound,
        spends,
        spent_by,
        used_up,
    )
    from policy.phases import Step, TestsStayRed
    from workflows.budget_desk import NOBODY, BudgetDesk
    from workflows.failures import failed
    from workflows.progress import Progress


class Budgets:
    """One request is open at a time. Whoever else comes to a limit meanwhile looks again once it
    is settled: the same raise may be enough for both."""

    def __init__(self, progress: Progress, desk: BudgetDesk) -> None:
        self._progress, self._state, self.desk = progress, progress.budget, desk
        self._queue = asyncio.Lock()

    def bounds(self, agent: AgentSpec, step: Step) -> tuple[Bound, ...]:
        return self._bounds(_spender(agent, step)) if spends(agent) else ()

    def allowed(self, agent: AgentSpec, step: Step) -> AgentSpec:
        """The agent with the time that it may take."""
        return more_time(agent, self._state.agents.get(_spender(agent, step).key, NO_GRANT))

    async def before(self, agent: AgentSpec, step: Step) -> None:
        """Until something is left for the agent to use."""
        while bound := used_up(self.bounds(agent, step)):
            await self._demand(bound, _spender(agent, step))

    async def after(self, agent: AgentSpec, step: Step, result: AgentResult) -> None:
        """What the agent did is kept, even where it used too much; but nothing goes on."""
        used = spent_by(result)
        while bound := passed_after(self.bounds(agent, step), used):
            await self._demand(bound, _spender(agent, step))

    async def again(self, bound: Bound, agent: AgentSpec, step: Step) -> None:
        """After an agent was stopped at a limit, or had no time left: until it may work anew."""
        await self._demand(bound, _spender(agent, step))
        self._state.again += 1

    async def more_rounds(self, red: TestsStayRed) -> None:
        """Tests stay red: until more repairs may be tried."""
        if red.rounds is None or self._progress.opening.playbook.on_limit == "end":
            raise failed("TestsStayRed", red.reason)
        tried = Decimal(red.rounds)
        bound = Bound(scope=Scope.ORCHESTRATION, measure=Measure.ROUNDS, limit=tried, spent=tried)
        await self._demand(bound, Spender(phase=Phase.TEST))

    async def _demand(self, bound: Bound, spender: Spender) -> None:
        """Waits until there is more. Raises what ends the run, when it is refused, or when the
        playbook says that the work ends there."""
        came_at = workflow.now()
        if self._progress.opening.playbook.on_limit == "end":
            raise failed("BudgetExceeded", said_of_bound(bound))
        if self._queue.locked():  # Whoever is asked first may take days: what was done shows now.
            await self.desk.show()
        async with self._queue:
            if not self._is_settled(bound, came_at):
                people = await self.desk.holders(bound)
                # It may have been raised while they were looked up.
                if not self._is_settled(bound, came_at):
                    await self.desk.ask(bound, spender, people)
            if self.desk.refusal is not None:
                raise self.desk.refusal

    def _is_settled(self, bound: Bound, came_at: datetime) -> bool:
        """By what was raised while others were asked."""
        if self.desk.refusal is not None:
            return True
        if bound.scope is Scope.ORGANIZATION:
            raised_at = self.desk.day_raised_at
            return raised_at is not None and raised_at >= came_at
        if bound.measure is Measure.ROUNDS:
            return self.rounds > bound.limit
        if bound.scope is Scope.AGENT:
            return False
        now = (one for one in self._bounds(NOBODY) if one.scope is bound.scope)
        return any(one.measure is bound.measure and one.limit > one.spent for one in now)

    def _bounds(self, spender: Spender) -> tuple[Bound, ...]:
        spent = self._progress.tokens, self._progress.cost
        return bounds_of(self._progress.opening.playbook.budget, self._state, spender, spent)

    @property
    def rounds(self) -> int:
        """How often repairs may be tried."""
        return self._progress.opening.playbook.repair_rounds + self._state.granted.rounds


def _spender(agent: AgentSpec, step: Step) -> Spender:
    return Spender(phase=step.phase, agent=agent.name)
