"""A question that is settled just so: withdrawn, or in the very turn of a reminder."""

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

from temporalio import workflow
from temporalio.api.enums.v1 import EventType
from temporalio.exceptions import ApplicationError
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from tests.workflows.office import until
from tests.workflows.skipped_time import RUNNER

with workflow.unsafe.imports_passed_through():
    from contracts.agents import Answer
    from contracts.gates import AskedBy
    from contracts.ledger import JournalState
    from contracts.phases import Phase
    from workflows.journal import Journal
    from workflows.questions import Questions

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
BY = AskedBy(
    organization="acme", orchestration_id=UUID(int=2), issue_key="KEY-1", requester="rita@x.test"
)


@workflow.defn
class QuestionHouse:
    """Asks; three days after nobody is waited for any more it says what happened. `answers`: it
    gives the answer itself, at the instant of the first reminder."""

    @workflow.init
    def __init__(self, answers: bool) -> None:
        self._journal = Journal(workflow.info().workflow_id, workflow.now, JournalState())
        self._questions = Questions(self._journal, lambda: BY)

    @workflow.run
    async def run(self, answers: bool) -> list[str]:
        answering = asyncio.create_task(self._answer()) if answers else None
        await asyncio.sleep(0)  # So that its timer is the first.
        question = self._questions.ask("coder", Phase.CODE, "Up or down?")
        ended: str | None = None
        try:
            await self._questions.answered(question, self._show)
        except ApplicationError as error:
            ended = error.type
        assert answering is None or answering.done()
        await workflow.sleep(3 * DAY)
        return [*(one.event.type for one in self._journal.state().pending), str(ended)]

    @workflow.signal
    def withdraw(self) -> None:
        assert self._questions.withdraw("a sibling failed")

    async def _answer(self) -> None:
        await workflow.sleep(DAY)
        self._questions.answer(Answer(text="up", by="max@x.test"))

    async def _show(self) -> None:
        """There is nobody to see it."""


def worker(environment: WorkflowEnvironment, queue: str) -> Worker:
    return Worker(
        environment.client,
        task_queue=queue,
        workflows=[QuestionHouse],
        workflow_runner=RUNNER,
        max_cached_workflows=0,  # Whoever comes next begins anew.
    )


async def test_of_a_withdrawn_question_nobody_is_reminded(environment: WorkflowEnvironment) -> None:
    queue = uuid4().hex
    async with worker(environment, queue):
        handle = await environment.client.start_workflow(
            QuestionHouse.run, False, id=queue, task_queue=queue
        )
        await environment.sleep(DAY + HOUR)
        await handle.signal(QuestionHouse.withdraw)
        told = await handle.result()
    assert told == ["QuestionAsked", "NotificationRequested", "QuestionWithdrawn", "Withdrawn"]


async def test_an_answer_in_the_very_turn_of_a_reminder_makes_it_needless(
    environment: WorkflowEnvironment,
) -> None:
    queue = uuid4().hex
    async with worker(environment, queue):
        handle = await environment.client.start_workflow(
            QuestionHouse.run, True, id=queue, task_queue=queue
        )

        async def asked() -> bool:
            history = await handle.fetch_history()
            kinds = [event.event_type for event in history.events]
            return kinds.count(EventType.EVENT_TYPE_TIMER_STARTED) == 2

        await until(asked)
    await environment.sleep(DAY)  # With nobody at work, so that both come in one turn.
    async with worker(environment, queue):
        assert await handle.result() == ["QuestionAsked", "QuestionAnswered", "None"]
