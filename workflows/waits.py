"""Agents that wait: for an answer, for a person's work, for a higher budget."""

from collections.abc import Callable, Coroutine
from typing import Any

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.repositories import RepositoryActivities
    from contracts.agents import AgentResult, AgentStatus, QuestionAndAnswer, Report
    from contracts.opening import BranchQuestion, BranchTip
    from contracts.playbooks import HumanAgent
    from contracts.text import clipped
    from policy.phases import Step
    from workflows import options
    from workflows.budgets import Budgets
    from workflows.failures import withdrawn
    from workflows.progress import Progress
    from workflows.questions import OpenQuestion, Questions

Show = Callable[[], Coroutine[Any, Any, None]]


class Waits:
    def __init__(
        self, progress: Progress, questions: Questions, budgets: Budgets, show: Show
    ) -> None:
        """`show` makes what was recorded seen, before anybody is waited for."""
        self._progress, self._questions, self.budgets = progress, questions, budgets
        self.show = show
        self._withdrawn = ""

    async def withdraw(self, why: str) -> None:
        """The work ends: nobody is waited for any more, from here on."""
        self._withdrawn = self._withdrawn or why
        questions = self._questions.withdraw(why)
        if self.budgets.desk.withdraw(why) or questions:
            self._progress.awaited = None
        await self.show()

    def check(self) -> None:
        """Before anybody is asked."""
        if self._withdrawn:
            raise withdrawn(self._withdrawn)

    async def answer(self, agent: str, step: Step, text: str) -> QuestionAndAnswer:
        self.check()
        return await self._answered(self._questions.ask(agent, step.phase, text))

    async def person(self, agent: HumanAgent, step: Step) -> AgentResult:
        """Asks, waits, and takes whatever stands on the branch by then."""
        self.check()
        progress, started = self._progress, workflow.now()
        branch = BranchQuestion(
            repo_url=progress.opening.repo_url,
            branch=progress.branch,
            base_commit=progress.commit,
        )
        question = self._questions.ask(
            agent.name, step.phase, f"{agent.ask} (branch {branch.branch})", agent.remind
        )
        await self._branch_tip(branch)
        self.check()  # A sibling may have failed meanwhile.
        answer = await self._answered(question)
        tip = await self._branch_tip(branch)
        return AgentResult(
            status=AgentStatus.COMPLETED,
            report=Report(
                status="completed", summary=clipped(f"{answer.answered_by}: {answer.answer}")
            ),
            commit=tip.commit if tip.commit != progress.commit else None,
            authors=tip.authors,
            duration=workflow.now() - started,
        )

    async def _answered(self, question: OpenQuestion) -> QuestionAndAnswer:
        self._progress.awaited = question.awaited()
        await self.show()
        answer = await self._questions.answered(question, self.show)
        oldest = self._questions.oldest
        self._progress.awaited = oldest.awaited() if oldest else self.budgets.desk.awaited()
        return answer

    async def begin_branch(self, commit: str) -> None:
        """Puts the run's branch at the commit, where there is no such branch yet."""
        url, branch = self._progress.opening.repo_url, self._progress.branch
        await self._branch_tip(BranchQuestion(repo_url=url, branch=branch, base_commit=commit))

    async def _branch_tip(self, branch: BranchQuestion) -> BranchTip:
        return await workflow.execute_activity_method(
            RepositoryActivities.branch_tip,
            branch,
            **options.repository(f"tip of {branch.branch}"),
        )
