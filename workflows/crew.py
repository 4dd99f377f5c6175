"""The agents of a phase at work: in sequence, or side by side."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from temporalio import workflow
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from activities.agents import AgentActivities
    from activities.repositories import RepositoryActivities
    from contracts.agents import (
        AgentResult,
        AgentStatus,
        QuestionAndAnswer,
        Report,
        Usage,
    )
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
    from contracts.opening import BranchQuestion
    from contracts.orchestrations import Opening
    from contracts.playbooks import AgentSpec, BuiltinAgent, HumanAgent, PlaybookPhase
    from contracts.text import clipped
    from policy.coverage import held_to
    from policy.phases import Step, said_of
    from workflows import options
    from workflows.briefs import run_of, step_name
    from workflows.failures import failed, said_by, stop_if_cancelled, was_cancelled
    from workflows.journal import Journal
    from workflows.progress import Progress
    from workflows.questions import Question, Questions

Show = Callable[[], Coroutine[Any, Any, None]]


class Crew:
    def __init__(
        self, progress: Progress, journal: Journal, questions: Questions, show: Show
    ) -> None:
        """`show` makes what was recorded seen, before anybody is waited for."""
        self._progress, self._journal, self._questions = progress, journal, questions
        self._show = show

    async def work(self, phase: PlaybookPhase, step: Step) -> str:
        """What the phase's agents did, in a line. Raises what made one of them fail, once the
        others of its group have ended."""
        if not phase.agents:
            return f"no agent is named for {step.phase}; nothing was done"
        guidance = self._progress.hand_out(phase)
        if phase.parallel:
            # Each of them would carry the same events, and all start in one workflow task.
            await self._show()
            calls = (self._agent(agent, step, guidance) for agent in phase.agents)
            said = await asyncio.gather(*calls, return_exceptions=True)
            for outcome in said:
                if isinstance(outcome, BaseException):
                    raise outcome
        else:
            said = [await self._agent(agent, step, guidance) for agent in phase.agents]
        return clipped("; ".join(str(line) for line in said if line))

    async def _agent(self, agent: AgentSpec, step: Step, guidance: tuple[str, ...]) -> str:
        name = step_name(self._progress, agent, step)
        spawned = AgentSpawned(
            round=step.round, runner=agent.kind, step=name, base_commit=self._progress.commit
        )
        self._record(spawned, agent, step)
        if isinstance(agent, HumanAgent):
            result = await self._person(agent, step)
        else:
            result = await self._program(agent, step, guidance)
        stop_if_cancelled()
        if result.status is AgentStatus.BLOCKED:
            await self._unblock(agent, step, result)
            return await self._agent(agent, step, guidance)
        return self._keep(agent, step, result)

    async def _program(
        self, agent: AgentSpec, step: Step, guidance: tuple[str, ...]
    ) -> AgentResult:
        started = workflow.now()
        try:
            return await workflow.execute_activity_method(
                AgentActivities.run_agent,
                run_of(self._progress, agent, step, guidance),
                **options.agent(f"{agent.name} · {step.phase} {step.round}", agent.limits),
            )
        except ActivityError as error:
            error_type, reason = said_by(error)
            self._record(
                AgentFailed(
                    round=step.round,
                    duration=workflow.now() - started,
                    error_type=error_type,
                    error_message=reason,
                    cancelled=was_cancelled(error),
                ),
                agent,
                step,
            )
            raise

    async def _person(self, agent: HumanAgent, step: Step) -> AgentResult:
        """Asks, waits, and takes whatever stands on the branch by then."""
        progress, started = self._progress, workflow.now()
        branch = BranchQuestion(
            repo_url=self._opening.repo_url, branch=progress.branch, base_commit=progress.commit
        )
        question = self._questions.ask(
            agent.name, step.phase, f"{agent.ask} (branch {branch.branch})"
        )
        await self._branch_tip(branch)
        answer = await self._await_answer(question)
        tip = await self._branch_tip(branch)
        return AgentResult(
            status=AgentStatus.COMPLETED,
            report=Report(
                status="completed", summary=clipped(f"{answer.answered_by}: {answer.answer}")
            ),
            commit=tip if tip != progress.commit else None,
            duration=workflow.now() - started,
        )

    async def _branch_tip(self, branch: BranchQuestion) -> str:
        return await workflow.execute_activity_method(
            RepositoryActivities.branch_tip,
            branch,
            **options.repository(f"tip of {branch.branch}"),
        )

    async def _unblock(self, agent: AgentSpec, step: Step, result: AgentResult) -> None:
        assert result.report is not None
        text = result.report.question or result.report.summary
        blocked = AgentBlocked(
            round=step.round,
            duration=result.duration,
            question=text,
            usage=result.report.usage,
            output_id=result.output_id,
        )
        self._record(blocked, agent, step)
        self._progress.count(result.report.usage)
        question = self._questions.ask(agent.name, step.phase, text)
        self._progress.answers.append(await self._await_answer(question))

    async def _await_answer(self, question: Question) -> QuestionAndAnswer:
        self._progress.awaited = question.awaited()
        await self._show()
        answer = await self._questions.answered(question)
        oldest = self._questions.oldest
        self._progress.awaited = oldest.awaited() if oldest else None
        return answer

    def _keep(self, agent: AgentSpec, step: Step, result: AgentResult) -> str:
        report = result.report
        if result.answered_from_store:
            self._record(
                RecoverySucceeded(step=step_name(self._progress, agent, step)), agent, step
            )
        if report is None or result.status is not AgentStatus.COMPLETED:
            raise self._failure(agent, step, result)
        completed = AgentCompleted(
            round=step.round,
            duration=result.duration,
            summary=report.summary,
            findings=report.findings,
            relevant=report.relevant,
            plan=report.plan,
            files_changed=len(result.files_changed),
            usage=report.usage,
            output_id=result.output_id,
        )
        self._record(completed, agent, step)
        self._progress.count(report.usage)
        self._progress.summarise(step, agent.name, result)
        self._progress.agents_used.append(agent.name)
        if result.commit is not None:
            self._commit(agent, step, result)
        if report.tests is not None and isinstance(agent, BuiltinAgent):
            # A claim in another agent's report counts for nothing: only our own run does.
            phase = self._opening.playbook.step(step.phase)
            tests = held_to(phase.coverage if phase else None, report.tests)
            self._progress.last_tests = tests
            self._record(TestRunCompleted(round=step.round, report=tests), agent, step)
            return said_of(tests)
        return report.summary

    def _commit(self, agent: AgentSpec, step: Step, result: AgentResult) -> None:
        assert result.commit is not None
        self._progress.commit = result.commit
        created = CommitCreated(
            commit=result.commit, branch=self._progress.branch, files=result.files_changed[:100]
        )
        self._record(created, agent, step)

    def _failure(self, agent: AgentSpec, step: Step, result: AgentResult) -> BaseException:
        error_type = result.error_type or "AgentFailed"
        said = result.report.summary if result.report else ""
        reason = result.error_message or said or "it did not say why"
        event = AgentFailed(
            round=step.round,
            duration=result.duration,
            error_type=error_type,
            error_message=reason,
            usage=result.report.usage if result.report else Usage(),
            output_id=result.output_id,
        )
        self._record(event, agent, step)
        return failed(error_type, f"{agent.name} failed in {step.phase}: {reason}")

    @property
    def _opening(self) -> Opening:
        assert self._progress.opened is not None
        return self._progress.opened.opening

    def _record(self, event: Event, agent: AgentSpec, step: Step) -> None:
        actor = Actor(type=ActorType.AGENT, id=agent.name)
        self._journal.record(event, phase=step.phase, agent=agent.name, actor=actor)
