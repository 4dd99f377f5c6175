"""The agents of a phase at work: in sequence, or side by side."""

import asyncio
from collections.abc import Callable
from datetime import datetime

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError, FailureError

with workflow.unsafe.imports_passed_through():
    from activities.agents import AgentActivities
    from contracts.agents import AgentResult, AgentStatus
    from contracts.budgets import Bound
    from contracts.events import (
        AgentBlocked,
        AgentCompleted,
        AgentFailed,
        AgentSpawned,
        CommitCreated,
        Event,
        RecoverySucceeded,
        TestRunCompleted,
    )
    from contracts.identity import Actor, ActorType
    from contracts.playbooks import AgentSpec, BuiltinAgent, HumanAgent, PlaybookPhase
    from contracts.text import clipped
    from policy.budgets import over_after, spent_by
    from policy.coverage import held_to
    from policy.phases import Step, said_of
    from workflows import options
    from workflows.briefs import run_of, step_name
    from workflows.failures import (
        failed,
        said_by,
        stop_if_cancelled,
        was_cancelled,
        was_withdrawn,
    )
    from workflows.journal import Journal
    from workflows.load import Load
    from workflows.progress import Progress, latest, reads_words
    from workflows.waits import Waits


class Crew:
    def __init__(
        self, progress: Progress, journal: Journal, waits: Waits, tell: Callable[[], None]
    ) -> None:
        """`tell` shows who is awaited, or that nobody is any more."""
        self._progress, self._journal, self._waits = progress, journal, waits
        self._tell = tell
        self._budgets = waits.budgets
        self._guidance: tuple[str, ...] = ()
        self._load = Load()

    async def work(self, phase: PlaybookPhase, step: Step) -> str:
        """What the phase's agents did, in a line. Raises what made one of them fail, once the
        others of its group have ended."""
        if not phase.agents:
            return f"no agent is named for {step.phase}; nothing was done"
        self._guidance = self._progress.hand_out(phase.agents)
        if phase.parallel:
            # Each of them would carry the same events, and all start in one workflow task.
            await self._waits.show()
            calls = (self._sibling(agent, step) for agent in phase.agents)
            said = await asyncio.gather(*calls, return_exceptions=True)
            lost = [outcome for outcome in said if isinstance(outcome, BaseException)]
            if lost:
                # Who was withdrawn says nothing of what went wrong.
                raise min(lost, key=was_withdrawn)
        else:
            said = [await self._agent(agent, step) for agent in phase.agents]
        return clipped("; ".join(str(line) for line in said if line))

    async def _sibling(self, agent: AgentSpec, step: Step) -> str:
        """Where one fails, those at work end what they do: it is paid for. But nobody waits for
        people any more, which could be for ever. What each has done is shown at once: the next
        activity, which would carry it, may be as far away as the end of the others."""
        try:
            said = await self._agent(agent, step)
        except FailureError as error:
            if not was_cancelled(error):
                await self._waits.withdraw(f"{agent.name} failed in {step.phase}, so the work ends")
            raise
        await self._waits.show()
        return said

    async def _agent(self, agent: AgentSpec, step: Step) -> str:
        await self._budgets.before(agent, step)
        result = await self._run(agent, step)
        stop_if_cancelled()
        if result.status is AgentStatus.BLOCKED:
            await self._unblock(agent, step, result)
            return await self._agent(agent, step)
        if (over := self._over(agent, step, result)) is not None:
            self._fail(agent, step, result)
            await self._budgets.again(over, agent, step)
            return await self._agent(agent, step)
        said = self._keep(agent, step, result)
        await self._budgets.after(agent, step, result)
        return said

    def _over(self, agent: AgentSpec, step: Step, result: AgentResult) -> Bound | None:
        """The limit that it was stopped at, where somebody is asked for more."""
        asks = self._progress.opening.playbook.on_limit == "ask"
        return over_after(self._budgets.allowed(agent, step), result) if asks else None

    async def _run(self, agent: AgentSpec, step: Step) -> AgentResult:
        if not isinstance(agent, HumanAgent):
            await self._load.room_for(run_of(self._progress, agent, step, self._guidance))
        name = step_name(self._progress, agent, step)
        spawned = AgentSpawned(
            round=step.round, runner=agent.kind, step=name, base_commit=self._progress.commit
        )
        self._record(spawned, agent, step)
        if isinstance(agent, HumanAgent):
            return await self._person(agent, step)
        return await self._program(agent, step)

    async def _person(self, agent: HumanAgent, step: Step) -> AgentResult:
        started = workflow.now()
        try:
            return await self._waits.person(agent, step)
        except ApplicationError as error:
            if was_withdrawn(error):
                self._stopped(error, agent, step, started)
            raise

    async def _program(self, agent: AgentSpec, step: Step) -> AgentResult:
        started = workflow.now()
        if reads_words(agent):  # What was said since the phase began, too.
            self._guidance = latest(self._guidance + self._progress.hand_out((agent,)))
        allowed = self._budgets.allowed(agent, step)
        run = run_of(self._progress, allowed, step, self._guidance)
        run = run.model_copy(update={"bounds": self._budgets.bounds(agent, step)})
        self._tell()
        try:
            result = await workflow.execute_activity_method(
                AgentActivities.run_agent,
                run,
                **options.agent(f"{agent.name} · {step.phase} {step.round}", allowed.limits),
            )
        except ActivityError as error:
            self._stopped(error, agent, step, started)
            raise
        if result.commit is not None and run.workplace.branch != self._progress.branch:
            # The run was reset to a moment when the agent was at work: it went on as it had begun.
            await self._waits.begin_branch(result.commit)
        return result

    def _stopped(
        self, error: FailureError, agent: AgentSpec, step: Step, started: datetime
    ) -> None:
        error_type, reason = said_by(error)
        stopped = AgentFailed(
            round=step.round,
            duration=workflow.now() - started,
            error_type=error_type,
            error_message=reason,
            cancelled=was_cancelled(error) or was_withdrawn(error),
        )
        self._record(stopped, agent, step)

    async def _unblock(self, agent: AgentSpec, step: Step, result: AgentResult) -> None:
        assert result.report is not None
        text = result.report.question or result.report.summary
        blocked = AgentBlocked(
            round=step.round,
            duration=result.duration,
            question=text,
            usage=spent_by(result),
            output_id=result.output_id,
        )
        self._record(blocked, agent, step)
        self._progress.count(spent_by(result))
        self._progress.answers.append(await self._waits.answer(agent.name, step, text))

    def _keep(self, agent: AgentSpec, step: Step, result: AgentResult) -> str:
        report = result.report
        if result.answered_from_store:
            self._record(
                RecoverySucceeded(step=step_name(self._progress, agent, step)), agent, step
            )
        if report is None or result.status is not AgentStatus.COMPLETED:
            error_type, reason = self._fail(agent, step, result)
            raise failed(error_type, f"{agent.name} failed in {step.phase}: {reason}")
        completed = AgentCompleted(
            round=step.round,
            duration=result.duration,
            summary=report.summary,
            findings=report.findings,
            relevant=report.relevant,
            plan=report.plan,
            files_changed=len(result.files_changed),
            usage=spent_by(result),
            output_id=result.output_id,
            authors=result.authors,
            lost=result.lost,
        )
        self._record(completed, agent, step)
        self._progress.count(spent_by(result))
        self._progress.summarise(step, agent.name, result)
        self._progress.agents_used.append(agent.name)
        if result.commit is not None:
            self._commit(agent, step, result)
        if report.tests is not None and isinstance(agent, BuiltinAgent):
            # A claim in another agent's report counts for nothing: only our own run does.
            phase = self._progress.opening.playbook.step(step.phase)
            tests = held_to(phase.coverage if phase else None, report.tests)
            self._progress.last_tests = tests
            self._record(TestRunCompleted(round=step.round, report=tests), agent, step)
            return said_of(tests)
        return report.summary

    def _commit(self, agent: AgentSpec, step: Step, result: AgentResult) -> None:
        assert result.commit is not None
        self._progress.commit = result.commit
        self._progress.change(result.files_changed)
        created = CommitCreated(
            commit=result.commit, branch=self._progress.branch, files=result.files_changed[:100]
        )
        self._record(created, agent, step)

    def _fail(self, agent: AgentSpec, step: Step, result: AgentResult) -> tuple[str, str]:
        """Type and reason. What was used counts all the same."""
        error_type = result.error_type or "AgentFailed"
        said = result.report.summary if result.report else ""
        reason = result.error_message or said or "it did not say why"
        event = AgentFailed(
            round=step.round,
            duration=result.duration,
            error_type=error_type,
            error_message=reason,
            usage=spent_by(result),
            output_id=result.output_id,
            lost=result.lost,
        )
        self._record(event, agent, step)
        self._progress.count(spent_by(result))
        return error_type, reason

    def _record(self, event: Event, agent: AgentSpec, step: Step) -> None:
        actor = Actor(type=ActorType.AGENT, id=agent.name)
        self._journal.record(event, phase=step.phase, agent=agent.name, actor=actor)
