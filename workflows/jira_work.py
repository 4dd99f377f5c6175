"""/jira-work: a ticket, from its key to finished, approved and recorded work."""

import asyncio
from functools import partial

from temporalio import workflow
from temporalio.exceptions import FailureError

with workflow.unsafe.imports_passed_through():
    from contracts.agents import Answer
    from contracts.approvals import ApprovalStatus, Decision
    from contracts.budgets import RaiseBudget
    from contracts.delegations import Delegation
    from contracts.events import GuidanceGiven
    from contracts.identity import person
    from contracts.jira_work import (
        JIRA_WORK,
        Guidance,
        Pause,
        Resume,
        SkipPhase,
        TicketChanged,
        WorkOutcome,
    )
    from contracts.ledger import JournalState
    from contracts.orchestrations import OrchestrationStatus
    from contracts.sla import Acknowledgement
    from contracts.stories import WorkState
    from policy.phases import Step
    from workflows.answering import demand_answerer, update_id
    from workflows.course import Course
    from workflows.failures import failed, stop_if_cancelled, to_its_end
    from workflows.journal import Journal
    from workflows.progress import Carried, CarriedOrder, Progress
    from workflows.spoken import clean
    from workflows.state import state_of


@workflow.defn(name=JIRA_WORK)
class JiraWork:
    @workflow.init
    def __init__(self, order: CarriedOrder) -> None:
        carried = order.carried
        state = carried.journal if carried else JournalState()
        self.journal = Journal(workflow.info().workflow_id, workflow.now, state)
        progress = carried.progress if carried else Progress()
        self._course = Course(order, progress, self.journal)
        self._over = False
        self._id = carried.orchestration_id if carried else workflow.uuid7()
        self._loop = asyncio.get_running_loop()
        workflow.register_random_seed_callback(self._on_new_seed)

    @workflow.run
    async def run(self, order: CarriedOrder) -> WorkOutcome:
        try:
            outcome = await self._work(order)
        except (asyncio.CancelledError, FailureError) as error:
            if self.journal.opened:
                await to_its_end(partial(self._course.break_off, error))
            await self._hear_everybody_out()
            if self._course.progress.status is not OrchestrationStatus.COMPLETED:
                raise
            return self._course.outcome(OrchestrationStatus.COMPLETED)
        await self._hear_everybody_out()
        return outcome

    async def _work(self, order: CarriedOrder) -> WorkOutcome:
        course = self._course
        step: Step | None = await self._first(order.carried)
        if order.options.dry_run:
            return course.outcome(OrchestrationStatus.COMPLETED)
        self._watch = asyncio.create_task(course.sla.watch())
        while (step := await course.border(step)) is not None:
            await self._continue_as_new_if_long(step)
            step = await course.work(step)
            stop_if_cancelled()
        return await course.complete()

    async def _hear_everybody_out(self) -> None:
        """Not in a `finally`: a run that a worker drops from memory may not wait there."""
        self._over = True
        await to_its_end(lambda: workflow.wait_condition(workflow.all_handlers_finished))

    async def _first(self, carried: Carried | None) -> Step:
        if carried is not None:
            return carried.next
        await self._course.open(self._id)
        return self._course.first()

    async def _continue_as_new_if_long(self, step: Step) -> None:
        if not workflow.info().is_continue_as_new_suggested():
            return
        await workflow.wait_condition(workflow.all_handlers_finished)
        while self.journal.overfull:  # What a run begins with takes two megabytes at most.
            await self._course.flush()
            await workflow.wait_condition(workflow.all_handlers_finished)
        carried = Carried(
            orchestration_id=self._id,
            progress=self._course.progress,
            journal=self.journal.state(),
            next=step,
        )
        order = self._course.order.model_copy(update={"carried": carried})
        workflow.continue_as_new(order)

    def _on_new_seed(self, seed: int) -> None:
        """Core hands out a new random seed when, and only when, the run was reset. It does so
        where the workflow has no time yet, and it is silent about errors: so this only asks
        for a turn, which comes before that of whatever else the reset run hears."""
        self._loop.call_soon(self._course.branch_off)

    @workflow.update(description="approve, reject or request changes at the open gate")
    async def decide(self, decision: Decision) -> ApprovalStatus:
        return await self._course.gates.decide(clean(decision))

    @decide.validator
    def _check_decision(self, decision: Decision) -> None:
        self._course.gates.check(decision)

    @workflow.update(description="let somebody else decide in your place, for a time")
    async def delegate(self, delegation: Delegation) -> str:
        return await self._course.gates.delegate(clean(delegation), self._course.asked_by())

    @delegate.validator
    def _check_delegation(self, delegation: Delegation) -> None:
        self._refuse_if_over()
        self._course.gates.check_delegation()

    @workflow.update(description="answer the oldest open question of an agent")
    async def answer(self, answer: Answer) -> str:
        course, answer = self._course, clean(answer)
        if (known := self._answered_before()) is not None:
            return known
        await demand_answerer(course.asked_by(), answer)
        self._refuse_if_over()
        course.questions.check(answer)  # Somebody else may have been quicker.
        question = course.questions.answer(answer)
        course.progress.note_answered(update_id(), question)
        return question

    @answer.validator
    def _check_answer(self, answer: Answer) -> None:
        if self._answered_before() is None:
            self._refuse_if_over()
            self._course.questions.check(answer)

    @workflow.update(description="grant more tokens, money, rounds or time, or refuse to")
    async def raise_budget(self, said: RaiseBudget) -> str:
        return await self._course.budgets.desk.raise_budget(clean(said))

    @raise_budget.validator
    def _check_raise(self, said: RaiseBudget) -> None:
        self._refuse_if_over()
        self._course.budgets.desk.check(said)

    @workflow.update(description="rest after the running phase")
    async def pause(self, pause: Pause) -> str:
        course = self._course
        course.progress.rest = clean(pause)
        self._tell()
        step = course.progress.step
        return f"pauses after {step.phase}" if step else "pauses before the first phase"

    @pause.validator
    def _check_pause(self, pause: Pause) -> None:
        self._refuse_if_over()
        if self._course.progress.rest is not None:
            raise failed("ALREADY_PAUSED", "it is paused, or will be after this phase")

    @workflow.update(description="go on after a pause")
    async def resume(self, resume: Resume) -> str:
        self._course.progress.rest = None
        self._tell()
        self._course.woken_by = person(resume.by)
        return "goes on"

    @resume.validator
    def _check_resume(self, resume: Resume) -> None:
        self._refuse_if_over()
        if self._course.progress.rest is None:
            raise failed("NOT_PAUSED", "it is not paused")

    @workflow.update(description="leave out a phase that has not begun")
    async def skip_phase(self, skip: SkipPhase) -> str:
        self._course.progress.skips.append(clean(skip))
        gate = self._course.consent.binding(skip.phase)
        asks = f", but gate {gate} asks before the work goes on" if gate else ""
        return f"{skip.phase} will be skipped{asks}"

    @skip_phase.validator
    def _check_skip(self, skip: SkipPhase) -> None:
        self._refuse_if_over()
        opened = self._course.progress.opened
        if opened is not None and skip.phase not in opened.worked:
            raise failed("NOT_PLANNED", f"{skip.phase} is not worked in this run")
        if self._course.progress.skip_of(skip.phase) is not None:
            raise failed("ALREADY_SKIPPED", f"{skip.phase} is skipped already")
        if self._course.progress.has_begun(skip.phase):
            raise failed("ALREADY_BEGUN", f"{skip.phase} has begun; cancel or guide it instead")

    @workflow.update(description="say that you know what is late")
    async def acknowledge(self, acknowledgement: Acknowledgement) -> str:
        return await self._course.sla.acknowledge(clean(acknowledgement))

    @acknowledge.validator
    def _check_acknowledgement(self, acknowledgement: Acknowledgement) -> None:
        self._refuse_if_over()
        self._course.sla.check(acknowledgement)

    @workflow.signal(description="text for the next agent")
    async def guide(self, guidance: Guidance) -> None:
        if not self._course.progress.hears(guidance.once):
            return
        # At once, even before the work is open: the first agent is to hear it.
        guidance = clean(guidance)
        self._course.progress.take_guidance(guidance.text)
        await workflow.wait_condition(lambda: self.journal.opened or self._over)
        self.journal.record(GuidanceGiven(text=guidance.text), actor=person(guidance.by))
        await self._course.flush()  # The next activity, which would carry it, may be days away.

    @workflow.signal(description="the ticket's text is another one now")
    async def ticket_changed(self, changed: TicketChanged) -> None:
        if self._course.progress.status.terminal:
            return
        self._course.gates.change_ticket(changed.ticket_hash)
        if self._course.progress.waits:
            await self._course.flush()

    @workflow.query(description="everything that `starter.py status` shows")
    def state(self) -> WorkState:
        course = self._course
        return state_of(course.progress, course.order, self.journal.sequence)

    def _answered_before(self) -> str | None:
        """The question, where this very update was heard by the run that continued as this one."""
        return self._course.progress.answered.get(update_id())

    def _tell(self) -> None:
        """To the Web UI, where nothing else is to change."""
        if self.journal.opened:
            self._course.tell()

    def _refuse_if_over(self) -> None:
        if self._course.progress.status.terminal:
            raise failed("OVER", f"it is {self._course.progress.status.lower()} already")
