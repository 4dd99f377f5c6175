"""Questions that agents ask people, and the answers."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from contracts.agents import Answer, QuestionAndAnswer
    from contracts.gates import AskedBy
    from contracts.identity import WHO_ANSWERS
    from contracts.jira_work import Awaited
    from contracts.phases import Phase
    from contracts.playbooks import REMINDED_EACH
    from policy.questions import first_stage, reminds, was_said_before
    from workflows.failures import failed, withdrawn
    from workflows.journal import Journal
    from workflows.question_record import QuestionRecord
    from workflows.timers import until

Show = Callable[[], Awaitable[None]]


class OpenQuestion:
    """One question. What time brings is done in `settle` alone."""

    def __init__(self, record: QuestionRecord, each: timedelta | None) -> None:
        """Whoever is asked is reminded `each` time that so long has passed; None: never."""
        self.record = record
        self._id, self._stage = workflow.uuid7(), first_stage(each, workflow.now())
        self.answer: Answer | None = None
        self.withdrawn = ""

    @property
    def settled(self) -> bool:
        return self.answer is not None or bool(self.withdrawn)

    def awaited(self) -> Awaited:
        return Awaited(
            what=f"answer to {self.record.agent}",
            whom=WHO_ANSWERS,
            since=self._stage.since,
        )

    async def settle(self, by: AskedBy, show: Show) -> None:
        """`show` writes what was recorded."""
        while not self.settled:
            stage = self._stage
            left = until(stage.instant) if reminds(stage) else None
            try:
                await workflow.wait_condition(
                    lambda: self.settled,
                    timeout=left,
                    timeout_summary=f"{self.record.agent}: remind",
                )
            except TimeoutError:
                # Somebody may have answered in the very turn in which the time ran out.
                if not self.settled and workflow.now() >= stage.instant:
                    self._stage = stage.after_reminder(workflow.now())
                    self.record.reminded(self._id, self._stage, by)
                    await show()


class Questions:
    """The oldest open question is answered first."""

    def __init__(self, journal: Journal, asked_by: Callable[[], AskedBy]) -> None:
        self._journal, self._asked_by = journal, asked_by
        self._open: list[OpenQuestion] = []

    @property
    def oldest(self) -> OpenQuestion | None:
        return self._open[0] if self._open else None

    def ask(
        self, agent: str, phase: Phase, text: str, each: timedelta | None = REMINDED_EACH
    ) -> OpenQuestion:
        question = OpenQuestion(QuestionRecord(agent, phase, text, self._journal), each)
        self._open.append(question)
        question.record.asked()
        return question

    async def answered(self, question: OpenQuestion, show: Show) -> QuestionAndAnswer:
        """Raises what `withdrawn` makes, where nobody is waited for any more. `show` writes what
        was recorded: nothing else is to run meanwhile."""
        await question.settle(self._asked_by(), show)
        if question.answer is None:
            raise withdrawn(question.withdrawn)
        return QuestionAndAnswer(
            question=question.record.text,
            answer=question.answer.text,
            answered_by=question.answer.by,
        )

    def check(self, answer: Answer) -> None:
        if not self._open:
            raise failed("NO_QUESTION", "nobody asked anything")
        awaited = self._open[0].awaited()
        if was_said_before(answer, awaited.since):
            raise failed("NO_QUESTION", f"it was said before anybody awaited the {awaited.what}")

    def answer(self, answer: Answer) -> str:
        """Settles the oldest question; says which."""
        question = self._open.pop(0)
        question.answer = answer
        question.record.answered(answer)
        return question.record.text

    def withdraw(self, why: str) -> bool:
        """Nobody is asked any more; whether anything was."""
        open, self._open = self._open, []
        for question in open:
            question.withdrawn = why
            question.record.withdrawn(why)
        return bool(open)
