"""The builtin agent `run-tests`: finds a project's own tests, runs them, and reports."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from clients.processes import GRACE, OnBeat, ProgramNotFoundError, Ran, run_bounded
from clients.project_tests import ProjectTests, files_of
from clients.run_folders import RunFolder, run_folder
from clients.test_reports import NOT_STARTED, judged
from contracts.agents import Brief, Report
from contracts.playbooks import BuiltinAgent
from contracts.text import clipped
from policy.test_commands import LOOKED_FOR, InvalidTestSettingsError, TestCommand, command_for

NO_COMMAND, INVALID = "NoTestCommandError", "InvalidTestSettingsError"


class BuiltinRunner:
    """`environment` is where PATH and the toolchains' variables come from, `scratch` a folder of
    ours, outside every checkout."""

    def __init__(
        self, environment: Mapping[str, str], scratch: Path, grace: timedelta = GRACE
    ) -> None:
        self._environment = environment
        self._scratch = scratch
        self._grace = grace

    async def run(self, agent: BuiltinAgent, brief: Brief, on_beat: OnBeat) -> Ran:
        """Red tests are a result, so the agent completes; it fails when there are no tests to
        run or they could not be started. Only cancellation raises."""
        async with run_folder(self._scratch) as folder:
            try:
                return await self._run(self._tests(agent, brief, folder), on_beat)
            except InvalidTestSettingsError as error:
                return _failed(INVALID, str(error))
            except ProgramNotFoundError as error:
                return _failed(NOT_STARTED, str(error))

    async def _run(self, tests: ProjectTests, on_beat: OnBeat) -> Ran:
        files, command = await asyncio.to_thread(_looked_up, tests.checkout)
        if command is None:
            return _failed(NO_COMMAND, f"found no tests to run. Looked for {LOOKED_FOR}")
        run = await tests.prepared(command, files, on_beat)
        # In a thread, like the look-up: megabytes of XML take a while.
        return await asyncio.to_thread(judged, run, await run_bounded(run.program, on_beat))

    def _tests(self, agent: BuiltinAgent, brief: Brief, folder: RunFolder) -> ProjectTests:
        return ProjectTests(
            checkout=Path(brief.workspace),
            given=self._environment,
            folder=folder,
            limits=agent.limits,
            grace=self._grace,
        )


def _looked_up(checkout: Path) -> tuple[dict[str, str], TestCommand | None]:
    files = files_of(checkout)
    return files, command_for(files)


def _failed(kind: str, message: str) -> Ran:
    said = clipped(message)
    report = Report(status="failed", summary=said)
    return Ran(report, error_type=kind, error_message=said)
