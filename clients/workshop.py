"""Where agents work: a checkout, a runner for each kind of agent, and the commit."""

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from clients.builtin_agents import BuiltinAgents, Site
from clients.command_agent import CommandAgentRunner
from clients.git.checkouts import Checkout
from clients.git.commit_tries import committed_at_last
from clients.git.errors import UncommittedWorkError
from clients.git.repositories import Repositories
from clients.llm_agent import NO_MODELS, LlmAgentRunner
from clients.meters import Hear, Meter, ignored
from clients.processes import Ran
from contracts.agents import AgentOutput, AgentResult, AgentRun, AgentStatus, Brief, Report
from contracts.playbooks import BuiltinAgent, CommandAgent, HumanAgent, LlmAgent
from contracts.text import clipped
from policy.branches import open_to_work_on
from policy.protected_paths import complaint, touched
from policy.redaction import Redaction
from policy.reports import bounded

SAID = ("ticket", "guidance", "earlier", "answers", "last_tests", "similar", "precedent")


class GitWorkshop:
    """What agents said is redacted before anybody stores it or commits under it."""

    def __init__(
        self,
        repositories: Repositories,
        commands: CommandAgentRunner,
        builtins: BuiltinAgents,
        redaction: Redaction,
        *,
        models: LlmAgentRunner = NO_MODELS,
    ) -> None:
        self._repositories, self._redaction = repositories, redaction
        self._commands, self._builtins, self._models = commands, builtins, models

    async def work(
        self, run: AgentRun, token: str, when: datetime, hear: Hear = ignored
    ) -> tuple[AgentResult, AgentOutput]:
        """The agent's result, with the id of a commit that is not pushed yet, and its output."""
        place = run.workplace
        async with self._repositories.checkout(place.repo_url, run.base_commit, token) as checkout:
            ran = self._redacted(await self._run(run, checkout, hear))
            result = _judged(ran)
            if result.status is AgentStatus.COMPLETED and run.agent.writes:
                result = self._without_secrets(await _kept(run, checkout, result, when))
        return result.model_copy(update={"used": ran.used, "over": ran.over}), ran.output

    async def deliver(self, run: AgentRun, commit: str) -> None:
        """Repeatable. Raises ForeignCommitsError where somebody else wrote on the branch."""
        place = run.workplace
        allowed = open_to_work_on(run.base_commit)
        await self._repositories.push(place.repo_url, commit, place.branch, allowed)

    async def sweep(self) -> None:
        """Removes what a dead worker on this host has left."""
        await self._repositories.sweep(timedelta())

    async def _run(self, run: AgentRun, checkout: Checkout, hear: Hear) -> Ran:
        brief = self._brief(run, checkout)
        match run.agent:
            case CommandAgent() as agent:
                meter = Meter(run.bounds, hear)
                return await self._commands.run(agent, brief, _alive, meter)
            case BuiltinAgent() as agent:
                site = Site(checkout, run.settings)
                return await self._builtins.run(agent, brief, site, _alive)
            case LlmAgent() as agent:
                return await self._models.run(agent, brief, run.workplace.organization_id)
            case HumanAgent():
                raise AssertionError("people are asked by the workflow, not run")

    def _brief(self, run: AgentRun, checkout: Checkout) -> Brief:
        """Without the secrets that somebody may have said. Paths, branch and commits stay what
        they are, whatever the secrets look like."""
        brief = brief_of(run, str(checkout.path))
        clean = self._redaction.model(brief)
        return brief.model_copy(update={name: getattr(clean, name) for name in SAID})

    def _redacted(self, ran: Ran) -> Ran:
        redaction, message = self._redaction, ran.error_message
        kept = redaction.data(ran.output.kept)
        # What was cut stays known by its length.
        size = ran.output.size + len(kept) - len(ran.output.kept)
        return replace(
            ran,
            report=redaction.model(ran.report) if ran.report is not None else None,
            output=AgentOutput(kept=kept, size=size),
            error_message=redaction.text(message) if message is not None else None,
        )

    def _without_secrets(self, result: AgentResult) -> AgentResult:
        """What git says may name files that the agent has named."""
        if result.error_message is None:
            return result
        message = clipped(self._redaction.text(result.error_message))
        return result.model_copy(update={"error_message": message})


def brief_of(run: AgentRun, workspace: str) -> Brief:
    return Brief(
        ticket=run.ticket,
        phase=run.phase,
        round=run.round,
        attempt=run.workplace.attempt,
        guidance=run.guidance,
        earlier=run.earlier,
        answers=run.answers,
        last_tests=run.last_tests,
        similar=run.similar,
        precedent=run.precedent,
        workspace=workspace,
        branch=run.workplace.branch,
        base_commit=run.base_commit,
        start_commit=run.workplace.start_commit,
    )


def commit_message(run: AgentRun, summary: str) -> str:
    """A subject a reviewer recognises, and trailers that lead back to the ledger."""
    first = summary.strip().split("\n", 1)[0][:60] or run.ticket.title[:60]
    return "\n".join(
        [
            f"{run.ticket.key}: {first}",
            "",
            f"Ticket: {run.ticket.key}",
            f"Orchestration: {run.workplace.orchestration_id}",
            f"Phase: {run.phase}",
            f"Step: {run.step}",
        ]
    )


def _judged(ran: Ran) -> AgentResult:
    report = bounded(ran.report) if ran.report is not None else None
    if report is None or ran.error_type is not None:
        return _failed(report, ran.error_type, ran.error_message)
    if report.status == "failed":
        return _failed(report, None, report.summary)
    blocked = report.status == "blocked"
    status = AgentStatus.BLOCKED if blocked else AgentStatus.COMPLETED
    return AgentResult(status=status, report=report)


def _failed(report: Report | None, error_type: str | None, message: str | None) -> AgentResult:
    return AgentResult(
        status=AgentStatus.FAILED,
        report=report,
        error_type=error_type or "AgentFailedError",
        error_message=clipped(message) if message else None,
    )


async def _kept(
    run: AgentRun, checkout: Checkout, result: AgentResult, when: datetime
) -> AgentResult:
    """A failure is stored with what the agent has used, and answers for it from then on."""
    try:
        return await committed_at_last(partial(_committed, run, checkout, result, when))
    except UncommittedWorkError as error:
        return _failed(result.report, "UncommittedWorkError", str(error))


async def _committed(
    run: AgentRun, checkout: Checkout, result: AgentResult, when: datetime
) -> AgentResult:
    assert result.report is not None
    message = commit_message(run, result.report.summary)
    commit = await checkout.commit(run.agent.name, message, when)
    if commit is None:
        return result
    files = tuple(await checkout.changed_files())
    if forbidden := touched(files, run.settings):
        return _failed(result.report, "ProtectedPathError", complaint(forbidden))
    return result.model_copy(update={"commit": commit, "files_changed": files[:200]})


def _alive() -> None:
    """The activity beats by itself."""
