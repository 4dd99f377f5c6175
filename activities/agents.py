"""Activities that let an agent work, and keep what it did exactly once."""

import asyncio
from datetime import datetime, timedelta
from typing import Protocol

from temporalio import activity

from activities.days import Days
from activities.expenses import Expenses
from activities.heartbeats import heartbeats
from activities.kept_reports import KeptReports
from activities.own_faults import paid_once
from clients.git.errors import UnknownCommitError
from clients.meters import Hear, ignored
from clients.report_spool import ReportSpool
from contracts.agents import AgentOutput, AgentResult, AgentRun, AgentStatus, Usage
from contracts.budgets import OVER_BUDGET, Bound
from db.engine import Sessions
from errors import RetryLaterError
from policy.budgets import bounds_of_day, said_of_bound, spends, used_up


class Workshop(Protocol):
    """Where agents work: a checkout and a runner for each kind (clients/workshop.py)."""

    async def work(
        self, run: AgentRun, token: str, when: datetime, hear: Hear = ignored
    ) -> tuple[AgentResult, AgentOutput]:
        """Lets the agent work and commits what it changed, without pushing. `hear` is told what
        it has used so far."""
        ...

    async def deliver(self, run: AgentRun, commit: str) -> None:
        """Puts the branch at the commit. Repeatable."""
        ...


class AgentActivities:
    def __init__(self, sessions: Sessions, workshop: Workshop, spool: ReportSpool) -> None:
        self._workshop, self._days = workshop, Days(sessions)
        self._reports = KeptReports(sessions, spool)

    @activity.defn
    async def run_agent(self, run: AgentRun) -> AgentResult:
        """The report that an earlier try stored, or left on this host's disk, is the answer; else
        the agent works, its report is kept, and only then its commit is pushed."""
        try:
            expenses = Expenses(activity.info().heartbeat_details)
            async with heartbeats(expenses.told):
                return await self._answer(run, expenses)
        except asyncio.CancelledError:
            if _nobody_comes_again():
                await self._reports.give_up(run)
            raise

    async def _answer(self, run: AgentRun, expenses: Expenses) -> AgentResult:
        known = await self._reports.of_earlier_try(run)
        if known is not None and await self._delivered(run, known):
            return known.model_copy(update={"answered_from_store": True})
        run = expenses.counted_in(await self._with_day(run))
        if (over := used_up(run.bounds)) is not None:
            return _not_begun(over, expenses.before)
        result = await self._work(run, expenses)
        if not await self._delivered(run, result):
            # A try on another host stored its report first, and died with its commit.
            raise RetryLaterError("the commit was lost with its host", timedelta(seconds=1))
        return result

    async def _with_day(self, run: AgentRun) -> AgentRun:
        """And the caps of the organization's day, which nobody but Postgres knows."""
        if not spends(run.agent):
            return run
        day = await self._days.of(run.workplace.organization_id)
        if day is None:
            return run
        return run.model_copy(update={"bounds": (*run.bounds, *bounds_of_day(day))})

    async def _delivered(self, run: AgentRun, stored: AgentResult) -> bool:
        """False when its commit went down with the host that made it, before the push: then the
        report is forgotten, and the agent must work again."""
        try:
            if stored.commit is not None:
                await self._workshop.deliver(run, stored.commit)
        except UnknownCommitError:
            await self._reports.forget(run)
            return False
        return True

    async def _work(self, run: AgentRun, expenses: Expenses) -> AgentResult:
        """Once the report is kept, whatever fails is repeated without the agent."""
        with paid_once(run):
            result, output = await self._worked(run, expenses)
        return await self._reports.keep(run, result, output)

    async def _worked(self, run: AgentRun, expenses: Expenses) -> tuple[AgentResult, AgentOutput]:
        info = activity.info()
        started = datetime.now(info.started_time.tzinfo)
        expenses.begin()
        token = f"{run.workplace.orchestration_id}-{run.step.replace('/', '-')}-{info.attempt}"
        result, output = await self._workshop.work(run, token, info.scheduled_time, expenses.hear)
        took = datetime.now(started.tzinfo) - started
        return expenses.added_to(result).model_copy(update={"duration": took}), output


def _not_begun(over: Bound, used: Usage) -> AgentResult:
    """Not stored: the same step may be worked once there is more."""
    return AgentResult(
        status=AgentStatus.FAILED,
        error_type=OVER_BUDGET,
        error_message=said_of_bound(over),
        over=over,
        used=used,
    )


def _nobody_comes_again() -> bool:
    """True when the run was cancelled. A worker that shuts down cancels too, and its successor
    wants the report."""
    details = activity.cancellation_details()
    return details is not None and details.cancel_requested
