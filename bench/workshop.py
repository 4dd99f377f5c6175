"""A workshop whose agents return at once; all that is around them is the product's own."""

import asyncio
import hashlib
import time
from datetime import datetime
from pathlib import Path

from clients.meters import Hear, ignored
from contracts.agents import AgentOutput, AgentResult, AgentRun, AgentStatus, Report, TestReport
from contracts.phases import Phase
from contracts.playbooks import CommandAgent

LASTING = 1.5


class InstantWorkshop:
    """Agents named `timed` and `lasting` leave a line in the log when they begin; `lasting` ones
    take a while."""

    def __init__(self, log: Path) -> None:
        self._log = log

    async def work(
        self, run: AgentRun, token: str, when: datetime, hear: Hear = ignored
    ) -> tuple[AgentResult, AgentOutput]:
        command = run.agent.command[0] if isinstance(run.agent, CommandAgent) else "instant"
        if command != "instant":
            self._note(run)
        if command == "lasting":
            await asyncio.sleep(LASTING)
        writes = run.agent.writes and run.phase in (Phase.CODE, Phase.FIX)
        result = AgentResult(
            status=AgentStatus.COMPLETED,
            report=Report(status="completed", summary=f"{run.step} is done", tests=_tests(run)),
            commit=hashlib.sha1(token.encode()).hexdigest() if writes else None,
            files_changed=("invoices/totals.py",) if writes else (),
        )
        output = b"worked on it\n"
        return result, AgentOutput(kept=output, size=len(output))

    async def deliver(self, run: AgentRun, commit: str) -> None:
        """There is nothing to push."""

    def _note(self, run: AgentRun) -> None:
        with self._log.open("a") as log:
            log.write(f"{run.ticket.key} {run.step} {time.time()}\n")


def _tests(run: AgentRun) -> TestReport | None:
    """Red in the first round, so that FIX is worked."""
    if run.phase is not Phase.TEST:
        return None
    return TestReport(command=("pytest",), passed=11, failed=1 if run.round == 1 else 0)
