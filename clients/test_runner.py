"""The builtin agent `run-tests`: finds a project's own tests, runs them, and reports."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from clients.agent_identity import UNCONFINED, AgentIdentity
from clients.processes import GRACE, ProgramNotFoundError, Ran, run_bounded
from clients.project_programs import ProjectPrograms
from clients.project_setup import ProjectSetup, Ready, SetupFailedError
from clients.project_tests import ProjectTests, files_of
from clients.run_folders import RunFolder, run_folder
from clients.run_watches import OnBeat
from clients.setup_cache import SetupCache
from clients.test_reports import NOT_STARTED, judged
from contracts.agents import Brief, Report
from contracts.playbooks import BuiltinAgent
from contracts.repository_settings import RepositorySettings
from contracts.text import clipped
from policy.test_commands import LOOKED_FOR, TestCommand, command_for

NO_COMMAND, SETUP_FAILED = "NoTestCommandError", "SetupFailedError"
SETUPS = "setups"


class BuiltinRunner:
    """`environment` is where PATH and the toolchains' variables come from, `scratch` a folder of
    ours, outside every checkout. What set-ups have installed is kept in `setups` beside that."""

    def __init__(
        self,
        environment: Mapping[str, str],
        scratch: Path,
        grace: timedelta = GRACE,
        identity: AgentIdentity = UNCONFINED,
    ) -> None:
        self._environment = environment
        self._scratch = scratch
        self._setups = SetupCache(scratch.with_name(SETUPS))
        self._grace = grace
        self._identity = identity

    async def run(
        self, agent: BuiltinAgent, brief: Brief, settings: RepositorySettings, on_beat: OnBeat
    ) -> Ran:
        """`settings` are those of the default branch: what the checkout says of itself is the
        agent's word. Red tests are a result, so the agent completes; it fails when there are no
        tests to run, their set-up failed, or they could not be started. Only cancellation
        raises."""
        async with run_folder(self._scratch, self._identity) as folder:
            programs = self._programs(agent, brief, folder)
            try:
                ready = await ProjectSetup(programs, settings, self._setups).ready(on_beat)
                return await _tested(ready, settings, on_beat)
            except SetupFailedError as error:
                return replace(_failed(SETUP_FAILED, str(error)), output=error.output)
            except ProgramNotFoundError as error:
                return _failed(NOT_STARTED, str(error))

    def _programs(self, agent: BuiltinAgent, brief: Brief, folder: RunFolder) -> ProjectPrograms:
        return ProjectPrograms(
            checkout=Path(brief.workspace).resolve(),
            given=self._environment,
            folder=folder,
            limits=agent.limits,
            grace=self._grace,
        )


async def _tested(ready: Ready, settings: RepositorySettings, on_beat: OnBeat) -> Ran:
    programs = ready.programs
    files, command = await asyncio.to_thread(_looked_up, programs.checkout, settings)
    if command is None:
        return _failed(NO_COMMAND, f"found no tests to run. Looked for {LOOKED_FOR}")
    run = await ProjectTests(programs).prepared(command, files, on_beat)
    if ready.note:
        run = replace(run, reason=f"{run.reason}; {ready.note}")
    # In a thread, like the look-up: megabytes of XML take a while.
    return await asyncio.to_thread(judged, run, await run_bounded(run.program, on_beat))


def _looked_up(
    checkout: Path, settings: RepositorySettings
) -> tuple[dict[str, str], TestCommand | None]:
    files = files_of(checkout)
    return files, command_for(files, settings.test)


def _failed(kind: str, message: str) -> Ran:
    said = clipped(message)
    report = Report(status="failed", summary=said)
    return Ran(report, error_type=kind, error_message=said)
