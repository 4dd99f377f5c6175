"""Where the one report of a step is: in Postgres, and until that has it on this host's disk."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, TypeVar

from temporalio import activity

from activities.own_faults import paid_once
from clients.report_spool import ReportSpool
from contracts.agents import AgentOutput, AgentResult, AgentRun
from db.agent_reports import AgentReports
from db.engine import Sessions, each_by_itself

T = TypeVar("T")
# Within it Postgres has nearly always answered, and the disk is spared: two fsyncs and a new file
# for each agent. Only a worker that dies in it may let an agent work twice.
AT_ONCE = timedelta(milliseconds=500)


class KeptReports:
    """Within activities of Temporal's."""

    def __init__(self, sessions: Sessions, spool: ReportSpool) -> None:
        self._sessions, self._spool = sessions, spool

    async def of_earlier_try(self, run: AgentRun) -> AgentResult | None:
        """What it stored, or spooled because Postgres did not answer. The first try need not look:
        its step is new, and should it not be (two resets to the same point), keeping its report
        answers with the older."""
        if activity.info().attempt == 1:
            return None
        async with self._sessions() as session:
            reports = AgentReports(session)
            stored = await reports.of_step(run.workplace.orchestration_id, run.step)
        if stored is None and (spooled := await self._spool.of_step(run)) is not None:
            stored = await self._store(run, *spooled)
        if stored is not None:
            # An error does not mean not written.
            await self._spool.remove(run)
        return stored

    async def keep(self, run: AgentRun, result: AgentResult, output: AgentOutput) -> AgentResult:
        """The step's one result: this one, or that of whoever was first. Whatever goes wrong, it
        is on disk before anything is raised, so that a repetition does without the agent."""
        async with _begun(self._store(run, result, output)) as storing:
            try:
                await asyncio.wait({storing}, timeout=AT_ONCE.total_seconds())
            finally:
                late = not _is_done_well(storing)
                if late:
                    with paid_once(run):
                        await self._spool.put(run, result, output)
            stored = await storing
        if late:
            await self._spool.remove(run)
        return stored

    async def forget(self, run: AgentRun) -> None:
        async with self._sessions.begin() as session:
            await AgentReports(session).forget(run.workplace.orchestration_id, run.step)

    async def give_up(self, run: AgentRun) -> None:
        """Nobody comes again for what is on this host's disk."""
        await self._spool.remove(run)

    async def _store(self, run: AgentRun, result: AgentResult, output: AgentOutput) -> AgentResult:
        async with each_by_itself(self._sessions) as session:
            attempt = activity.info().attempt
            return await AgentReports(session).keep(run, attempt, result, output)


@asynccontextmanager
async def _begun(work: Coroutine[Any, Any, T]) -> AsyncIterator[asyncio.Task[T]]:
    """At work beside the block, and not beyond it."""
    task = asyncio.create_task(work)
    try:
        yield task
    finally:
        task.cancel()


def _is_done_well(task: asyncio.Task[Any]) -> bool:
    return task.done() and not task.cancelled() and task.exception() is None
