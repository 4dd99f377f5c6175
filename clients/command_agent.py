"""Agents that are programs: the brief on stdin, the report on stdout."""

import asyncio
import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from clients.agent_identity import UNCONFINED, AgentIdentity
from clients.agent_reports import (
    UnreadableReportError,
    first_words,
    in_file,
    last_line,
    last_words,
    read_report,
)
from clients.meters import Meter, without_progress
from clients.processes import (
    GRACE,
    Finished,
    Program,
    ProgramNotFoundError,
    Ran,
    run_bounded,
)
from clients.reach import unread
from clients.run_folders import RunFolder, run_folder
from clients.run_watches import OnBeat, StoppedFor, exceeded
from contracts.agents import AgentOutput, Brief, Report
from contracts.budgets import OVER_BUDGET
from contracts.playbooks import CommandAgent
from contracts.text import clipped
from policy.budgets import said_of_bound
from policy.prompts import prompt

NOT_FOUND, FAILED, RUBBISH = "AgentNotFoundError", "AgentFailedError", "AgentReportError"
STOPPED: dict[StoppedFor, str] = {
    "timeout": "AgentTimeoutError",
    "cpu": "AgentCpuError",
    "memory": "AgentMemoryError",
    "processes": "AgentProcessesError",
    "open files": "AgentOpenFilesError",
    "disk": "AgentDiskError",
    "output": "AgentOutputError",
    "budget": OVER_BUDGET,
}
MAX_FINDINGS = 100
LESS = 1_000


class CommandAgentRunner:
    """`environment` is where the variables come from that an agent may have, `scratch` a folder
    of ours, outside every checkout, that only this user can read."""

    def __init__(
        self,
        environment: Mapping[str, str],
        scratch: Path,
        grace: timedelta = GRACE,
        identity: AgentIdentity = UNCONFINED,
    ) -> None:
        self._identity = identity
        self._environment = environment
        self._scratch = scratch
        self._grace = grace

    async def run(
        self, agent: CommandAgent, brief: Brief, on_beat: OnBeat, meter: Meter | None = None
    ) -> Ran:
        """One run, however it ends; only cancellation raises. Not repeatable by itself: what the
        agent did to the checkout stays. Claims in the report are passed on unchecked. `meter`
        hears what it uses, and stops it."""
        meter = meter or Meter()
        async with run_folder(self._scratch, self._identity) as folder:
            try:
                program = replace(self._program(agent, brief, folder), meter=meter)
                finished = await run_bounded(program, on_beat)
            except ProgramNotFoundError as error:
                return Ran(None, error_type=NOT_FOUND, error_message=clipped(str(error)))
            # A megabyte of hostile JSON takes a while.
            ran = await asyncio.to_thread(_judged, agent, finished, _report_file(folder))
            ran = replace(ran, used=meter.used)
            if ran.error_type in (FAILED, RUBBISH):
                why = await asyncio.to_thread(unread, self._identity, folder.uid, program.argv[1:])
                ran = _explained(ran, why)
            if finished.stopped_for != "budget" or meter.over is None:
                return ran
            return replace(ran, over=meter.over, error_message=said_of_bound(meter.over))

    def _program(self, agent: CommandAgent, brief: Brief, folder: RunFolder) -> Program:
        brief_file, prompt_file = folder.path / "brief.json", folder.path / "prompt.md"
        stdin = brief.model_dump_json().encode()
        brief_file.write_bytes(stdin)
        prompt_file.write_text(prompt(brief), encoding="utf-8")
        environment = folder.environment(self._environment, agent.environment) | {
            "SLIPWAY_BRIEF": str(brief_file),
            "SLIPWAY_REPORT": str(_report_file(folder)),
            "SLIPWAY_PHASE": brief.phase,
            "SLIPWAY_ISSUE_KEY": brief.ticket.key,
        }
        return Program(
            argv=_filled(agent.command, prompt_file),
            cwd=Path(brief.workspace),
            environment=environment,
            stdin=stdin,
            limits=agent.limits,
            folder=folder,
            grace=self._grace,
        )


def _report_file(folder: RunFolder) -> Path:
    return folder.path / "report.json"


def _filled(command: tuple[str, ...], prompt_file: Path) -> tuple[str, ...]:
    """Raises ProgramNotFoundError: a program inside the checkout could be any agent's work."""
    known = {"{python}": sys.executable, "{prompt_file}": str(prompt_file)}
    filled = []
    for argument in command:
        for name, value in known.items():
            argument = argument.replace(name, value)
        filled.append(argument)
    if "/" in filled[0] and not filled[0].startswith("/"):
        raise ProgramNotFoundError(
            f"{filled[0]!r} is a relative path: name a program on the PATH, or an absolute path"
        )
    return tuple(filled)


def _judged(agent: CommandAgent, finished: Finished, report_file: Path) -> Ran:
    finished = replace(finished, stdout_tail=without_progress(finished.stdout_tail))
    if (bound := finished.stopped_for) is not None:
        return Ran(None, finished.output, STOPPED[bound], exceeded(bound, agent.limits))
    try:
        report = _report(agent, finished, report_file)
    except UnreadableReportError as error:
        if finished.exit_code == 0:
            return _rubbish(finished, str(error))
        report = None
    if finished.exit_code != 0:
        return _failed(finished, report)
    if report is None:
        return _rubbish(finished, "the agent ended without a report")
    if finished.output.truncated:
        report = _with_note(report, finished.output)
    if report.status == "failed":
        return Ran(report, finished.output, FAILED, clipped(report.summary))
    return Ran(report, finished.output)


def _explained(ran: Ran, why: str | None) -> Ran:
    """An interpreter only says that there is no such file."""
    if why is None or ran.error_message is None:
        return ran
    return replace(ran, error_message=f"{clipped(ran.error_message, LESS)}. {why}")


def _with_note(report: Report, output: AgentOutput) -> Report:
    kept = len(output.kept)
    note = f"Slipway: of {output.size:,} bytes of output, the first {kept:,} were kept."
    findings = (*report.findings[: MAX_FINDINGS - 1], note)
    return report.model_copy(update={"findings": findings})


def _report(agent: CommandAgent, finished: Finished, report_file: Path) -> Report | None:
    """None when nothing was said. Raises UnreadableReportError."""
    if said := in_file(report_file):
        return read_report(said)
    if agent.prose and finished.exit_code == 0:
        return Report(status="completed", summary=last_words(finished.stdout_tail))
    said = b"" if agent.prose else last_line(finished.stdout_tail)
    return read_report(said) if said else None


def _rubbish(finished: Finished, complaint: str) -> Ran:
    said = first_words(finished.stdout.kept)
    message = f"{complaint}. It said: {said}" if said else f"{complaint}. It said nothing"
    return Ran(None, finished.output, RUBBISH, message)


def _failed(finished: Finished, report: Report | None) -> Ran:
    """A report is kept for what it says of usage, but never as a success."""
    code = finished.exit_code
    ended = f"exit code {code}" if code >= 0 else f"ended by signal {-code}"
    said = last_words(finished.stderr_tail) or last_words(finished.stdout_tail)
    words = clipped(report.summary) if report else said
    failed = report.model_copy(update={"status": "failed"}) if report else None
    return Ran(failed, finished.output, FAILED, f"{ended}: {words}" if words else ended)
