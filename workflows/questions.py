"""Questions that agents ask people, and the answers."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from contracts.agents import Answer, QuestionAndAnswer
    from contracts.events import QuestionAnswered, QuestionAsked, QuestionWithdrawn
    from contracts.identity import Actor, ActorType, person
    from contracts.jira_work import Awaited
    from contracts.phases import Phase
    from workflows.failures import failed, withdrawn
    from workflows.journal import Journal


class Question:
    def __init__(self, agent: str, phase: Phase, text: str) -> None:
        self.agent, self.phase, self.text = agent, phase, text
        self.asked_at = workflow.now()
        self.answer: Answer | None = None
        self.withdrawn = ""

    def awaited(self) -> Awaited:
        return Awaited(
            what=f"answer to {self.agent}", whom="anyone of the team", since=self.asked_at
        )


class Questions:
    """The oldest open question is answered first."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._open: list[Question] = []

    @property
    def oldest(self) -> Question | None:
        return self._open[0] if self._open else None

    def ask(self, agent: str, phase: Phase, text: str) -> Question:
        question = Question(agent, phase, text)
        self._open.append(question)
        asker = Actor(type=ActorType.AGENT, id=agent)
        self._journal.record(QuestionAsked(question=text), phase=phase, agent=agent, actor=asker)
        return question

    async def answered(self, question: Question) -> QuestionAndAnswer:
        """Raises what `withdrawn` makes, where nobody is waited for any more."""
        await workflow.wait_condition(lambda: bool(question.answer or question.withdrawn))
        if question.answer is None:
            raise withdrawn(question.withdrawn)
        return QuestionAndAnswer(
            question=question.text, answer=question.answer.text, answered_by=question.answer.by
        )

    def check(self) -> None:
        if not self._open:
            raise failed("NO_QUESTION", "nobody asked anything")

    def answer(self, answer: Answer) -> str:
        """Settles the oldest question; says which."""
        question = self._open.pop(0)
        question.answer = answer
        self._journal.record(
            QuestionAnswered(question=question.text, answer=answer.text),
            phase=question.phase,
            agent=question.agent,
            actor=person(answer.by),
        )
        return question.text

    def withdraw(self, why: str) -> bool:
        """Nobody is asked any more; whether anything was."""
        open, self._open = self._open, []
        for question in open:
            question.withdrawn = why
            event = QuestionWithdrawn(question=question.text, reason=why)
            self._journal.record(event, phase=question.phase, agent=question.agent)
        return bool(open)
