"""Activities that let an agent work, and keep what it did exactly once."""

import asyncio
from datetime import datetime, timedelta
from typing import Protocol

from temporalio import activity

from activities.heartbeats import heartbeats
from clients.git_errors import UnknownCommitError
from clients.report_spool import ReportSpool
from contracts.agents import AgentOutput, AgentResult, AgentRun
from db.agent_reports import AgentReports
from db.engine import Sessions, one_statement
from errors import RetryLaterError


class Workshop(Protocol):
    """Where agents work: a checkout and a runner for each kind (clients/workshop.py)."""

    async def work(
        self, run: AgentRun, token: str, when: datetime
    ) -> tuple[AgentResult, AgentOutput]:
        """Lets the agent work and commits what it changed, without pushing."""
        ...

    async def deliver(self, run: AgentRun, commit: str) -> None:
        """Puts the branch at the commit. Repeatable."""
        ...


class AgentActivities:
    def __init__(self, sessions: Sessions, workshop: Workshop, spool: ReportSpool) -> None:
        self._sessions, self._workshop, self._spool = sessions, workshop, spool

    @activity.defn
    async def run_agent(self, run: AgentRun) -> AgentResult:
        """The stored report of this step is the answer, if there is one, or else the one an
        earlier try left on this host's disk; else the agent works, its report is stored, and only
        then its commit is pushed."""
        try:
            async with heartbeats():
                return await self._answer(run)
        except asyncio.CancelledError:
            if _nobody_comes_again():
                await self._spool.remove(run)
            raise

    async def _answer(self, run: AgentRun) -> AgentResult:
        known = await self._known(run)
        if known is not None and await self._delivered(run, known):
            return known.model_copy(update={"answered_from_store": True})
        result = await self._work(run)
        if not await self._delivered(run, result):
            # A try on another host stored its report first, and died with its commit.
            raise RetryLaterError("the commit was lost with its host", timedelta(seconds=1))
        return result

    async def _delivered(self, run: AgentRun, stored: AgentResult) -> bool:
        """False when its commit went down with the host that made it, before the push: then the
        report is forgotten, and the agent must work again."""
        try:
            if stored.commit is not None:
                await self._workshop.deliver(run, stored.commit)
        except UnknownCommitError:
            async with self._sessions.begin() as session:
                await AgentReports(session).forget(run.workplace.orchestration_id, run.step)
            return False
        return True

    async def _known(self, run: AgentRun) -> AgentResult | None:
        """What an earlier try stored, or spooled because Postgres was away. The first try need not
        look: its step is new, and should it not be (two resets to the same point), keeping its
        report answers with the older."""
        if activity.info().attempt == 1:
            return None
        async with self._sessions() as session:
            reports = AgentReports(session)
            stored = await reports.of_step(run.workplace.orchestration_id, run.step)
        if stored is not None:
            # An error does not mean not written.
            await self._spool.remove(run)
            return stored
        spooled = await self._spool.of_step(run)
        return await self._stored(run, *spooled) if spooled is not None else None

    async def _work(self, run: AgentRun) -> AgentResult:
        info = activity.info()
        started = datetime.now(info.started_time.tzinfo)
        token = f"{run.workplace.orchestration_id}-{run.step.replace('/', '-')}-{info.attempt}"
        result, output = await self._workshop.work(run, token, info.scheduled_time)
        took = datetime.now(started.tzinfo) - started
        result = result.model_copy(update={"duration": took})
        await self._spool.put(run, result, output)
        return await self._stored(run, result, output)

    async def _stored(self, run: AgentRun, result: AgentResult, output: AgentOutput) -> AgentResult:
        async with one_statement(self._sessions) as session:
            attempt = activity.info().attempt
            stored = await AgentReports(session).keep(run, attempt, result, output)
        await self._spool.remove(run)
        return stored


def _nobody_comes_again() -> bool:
    """True when the run was cancelled. A worker that shuts down cancels too, and its successor
    wants the report."""
    details = activity.cancellation_details()
    return details is not None and details.cancel_requested
