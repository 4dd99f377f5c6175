"""A workshop where agents do what a test's script says, at once or when they are let go."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

from clients.meters import Hear, ignored
from contracts.agents import (
    AgentOutput,
    AgentResult,
    AgentRun,
    AgentStatus,
    FailedTest,
    Report,
    TestReport,
    Usage,
)

Act = AgentResult | Callable[[AgentRun], Awaitable[AgentResult]]
SOME_USE = Usage(tokens_in=100, tokens_out=20)


def done(summary: str = "done", commit: str | None = None) -> AgentResult:
    report = Report(status="completed", summary=summary, usage=SOME_USE)
    files = ("a.txt",) if commit else ()
    return AgentResult(
        status=AgentStatus.COMPLETED, report=report, commit=commit, files_changed=files
    )


def ran_tests(passed: int, *failures: str) -> AgentResult:
    """What `run-tests` answers: green without failures, red with them."""
    tests = TestReport(
        passed=passed,
        failed=len(failures),
        exit_code=1 if failures else 0,
        failures=tuple(FailedTest(name=name) for name in failures),
    )
    report = Report(status="completed", summary="the tests ran", tests=tests)
    return AgentResult(status=AgentStatus.COMPLETED, report=report)


def blocked(question: str) -> AgentResult:
    report = Report(status="blocked", summary="I do not know", question=question, usage=SOME_USE)
    return AgentResult(status=AgentStatus.BLOCKED, report=report)


def broken(error_type: str, message: str) -> AgentResult:
    return AgentResult(status=AgentStatus.FAILED, error_type=error_type, error_message=message)


class Held:
    """An agent that works until the test lets it go, or until it is cancelled."""

    def __init__(self, result: AgentResult | None = None) -> None:
        self.working, self.go_on, self.cancelled = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._result = result or done()

    async def __call__(self, run: AgentRun) -> AgentResult:
        self.working.set()
        try:
            await self.go_on.wait()
        except asyncio.CancelledError:
            self.cancelled.set()
            raise
        return self._result


class ScriptedWorkshop:
    """activities.agents.Workshop. An agent without a script is done at once; the last act of a
    script is repeated."""

    def __init__(self) -> None:
        self.runs: list[AgentRun] = []
        self.delivered: list[tuple[str, str]] = []
        self._scripts: dict[str, list[Act]] = {}

    def script(self, agent: str, *acts: Act) -> None:
        self._scripts[agent] = list(acts)

    def held(self, agent: str, result: AgentResult | None = None) -> Held:
        held = Held(result)
        self.script(agent, held)
        return held

    def runs_of(self, agent: str) -> list[AgentRun]:
        return [run for run in self.runs if run.agent.name == agent]

    async def work(
        self, run: AgentRun, token: str, when: datetime, hear: Hear = ignored
    ) -> tuple[AgentResult, AgentOutput]:
        self.runs.append(run)
        acts = self._scripts.get(run.agent.name, [done(f"{run.agent.name} is done")])
        act = acts.pop(0) if len(acts) > 1 else acts[0]
        result = act if isinstance(act, AgentResult) else await act(run)
        return result, AgentOutput(kept=b"said", size=4)

    async def deliver(self, run: AgentRun, commit: str) -> None:
        self.delivered.append((run.workplace.branch, commit))

    def let_everybody_go(self) -> None:
        for acts in self._scripts.values():
            for act in acts:
                if isinstance(act, Held):
                    act.go_on.set()
