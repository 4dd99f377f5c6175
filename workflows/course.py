"""The course of one orchestration: opens it, works a phase, rests, closes it."""

from uuid import UUID

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.opening import OpeningActivities
    from contracts.events import (
        CheckpointCreated,
        OrchestrationCompleted,
        OrchestrationFailed,
        OrchestrationPaused,
        OrchestrationResumed,
        PhaseCompleted,
        PhaseSkipped,
        PhaseStarted,
    )
    from contracts.gates import AskedBy
    from contracts.identity import SYSTEM, Actor, person
    from contracts.jira_work import Awaited, WorkOrder, WorkOutcome
    from contracts.opening import Opened, OpenRequest
    from contracts.orchestrations import Opening, OrchestrationStatus
    from contracts.text import clipped
    from policy.phases import Step, TestsStayRed, next_step
    from workflows import options
    from workflows.budget_desk import BudgetDesk
    from workflows.budgets import Budgets
    from workflows.conclusion import tell_ticket
    from workflows.consent import Consent
    from workflows.crew import Crew
    from workflows.failures import said_by, was_cancelled
    from workflows.gates import Gates
    from workflows.journal import Journal
    from workflows.margins import (
        lesson_of,
        record_cancelled,
        record_interruption,
        record_reset,
        record_start,
        work_outcome,
    )
    from workflows.progress import Progress
    from workflows.questions import Questions
    from workflows.sla_clock import SlaClocks
    from workflows.story import tell
    from workflows.subjects import asked_by
    from workflows.waits import Waits
    from workflows.writing import Writing


class Course:
    def __init__(self, order: WorkOrder, progress: Progress, journal: Journal) -> None:
        self.order, self.progress, self.journal = order, progress, journal
        self._writing = Writing(journal)
        self.questions = Questions(journal, self.asked_by)
        self.gates = Gates(progress.gates, journal, self._await)
        self.consent = Consent(order, progress, self.gates, self.tell)
        self.woken_by: Actor | None = None
        desk = BudgetDesk(progress, journal, self.asked_by, self._show)
        self.budgets = Budgets(progress, desk)
        waits = Waits(progress, self.questions, self.budgets, self._show)
        self._crew = Crew(progress, journal, waits, self.tell)
        self.sla = SlaClocks(progress.sla, journal, self.tell, self.flush)
        for hear in (self.sla.hear, progress.told.hear):
            journal.tell(hear)
        self._resets_unopened = 0

    @property
    def opening(self) -> Opening:
        return self.progress.opening

    async def open(self, orchestration_id: UUID) -> None:
        id = workflow.info().workflow_id
        request = OpenRequest(order=self.order, orchestration_id=orchestration_id, workflow_id=id)
        opened = await workflow.execute_activity_method(
            OpeningActivities.open_orchestration,
            request,
            **options.repository(f"open {self.order.issue_key}"),
        )
        self.progress.open(opened, workflow.now())
        if not self.order.options.dry_run:
            self._begin(opened)

    def _begin(self, opened: Opened) -> None:
        record_start(self.journal, self.order, opened, workflow.info().workflow_id)
        self.sla.board.start(opened.opening.service_levels)
        self.gates.take_over(opened.opening)
        for _ in range(self._resets_unopened):
            self.branch_off()
        for step in opened.planned:
            if step.skipped_because is not None:
                self._skip(Step(step.phase), step.skipped_because)

    def first(self) -> Step:
        assert self.progress.opened is not None
        return Step(self.progress.opened.first)

    async def work(self, step: Step) -> Step | None:
        """Works one phase; answers which comes next, None when the work is done."""
        skip = self.progress.skip_of(step.phase)
        if skip is not None:
            self._skip(step, skip.reason or "skipped by request", person(skip.by))
            self.progress.checked = (step, True)
            if not self.gates.standing.owes(step.phase):  # Else once it is granted, see `border`.
                self._checkpoint(step, skipped=True)
            return await self._following(step)
        spec = self.opening.playbook.step(step.phase)
        assert spec is not None
        self.progress.step = step
        self.journal.record(PhaseStarted(round=step.round), phase=step.phase)
        self.consent.begin(step.phase)
        self.tell()
        group = workflow.create_event_group(
            f"{step.phase}-{step.round}", label=f"{step.phase} {step.round}"
        )
        with group.scope():
            note = await self._crew.work(spec, step)
            again = await self.consent.ask(spec, note)
        self._end_phase(step, "changes were requested" if again else note)
        if not again:  # Nobody is to go on from what was sent back.
            self._checkpoint(step, skipped=False)
        return Step(step.phase, step.round + 1) if again else await self._following(step)

    async def _following(self, step: Step) -> Step | None:
        while isinstance(following := self._next(step), TestsStayRed):
            await self.budgets.more_rounds(following)
        return self.progress.numbered(following) if following else None

    def _next(self, step: Step) -> Step | TestsStayRed | None:
        progress, rounds = self.progress, self.budgets.rounds
        playbook = self.opening.playbook.model_copy(update={"repair_rounds": rounds})
        done = progress.within_pass(step)
        return next_step(playbook, progress.still_worked(), done, progress.last_tests)

    async def border(self, coming: Step | None) -> Step | None:
        """Between two phases, and before the end (None): rests if that is wanted, and asks again
        for what was approved and is not so any more. Answers which phase comes."""
        await self._rest_if_wanted()
        granted = self.progress.granted
        coming = await self.consent.renew(coming)
        if coming and self.progress.checked and self.progress.granted - granted:
            self._checkpoint(*self.progress.checked)  # Whoever goes on from there need not ask.
        return coming

    async def _await(self, awaited: Awaited | None) -> None:
        if awaited is not None:
            self.progress.awaited = awaited
        await self._show()

    def asked_by(self) -> AskedBy:
        return asked_by(self.order, self.opening)

    def _end_phase(self, step: Step, note: str) -> None:
        completed = PhaseCompleted(
            round=step.round,
            duration=self.progress.worked_for(workflow.now()),
            note=clipped(note, 500),
        )
        self.journal.record(completed, phase=step.phase)

    def _skip(self, step: Step, why: str, actor: Actor = SYSTEM) -> None:
        self.progress.step = step
        skipped = PhaseSkipped(round=step.round, reason=why)
        self.journal.record(skipped, phase=step.phase, actor=actor)
        self.consent.leave_out(step.phase, why, actor)

    def _checkpoint(self, step: Step, skipped: bool) -> None:
        state = self.progress.checkpoint(step, skipped)
        created = CheckpointCreated(commit=self.progress.commit, state=state)
        self.journal.record(created, phase=step.phase)

    async def _rest_if_wanted(self) -> None:
        """A pause takes effect between phases and lasts until somebody resumes."""
        rest = self.progress.rest
        if rest is None:
            return
        self.progress.status = OrchestrationStatus.PAUSED
        self.journal.record(OrchestrationPaused(reason=rest.reason), actor=person(rest.by))
        await self._show()
        await workflow.wait_condition(lambda: self.progress.rest is None)
        self.progress.status = OrchestrationStatus.ACTIVE
        by = self.woken_by or person(self.order.requested_by)
        self.journal.record(OrchestrationResumed(), actor=by)
        self.tell()

    def branch_off(self) -> None:
        """The run was reset: from here on its facts and its commits are a new branch. Where
        nothing was opened yet, that waits until it is."""
        if not self.journal.opened:
            self._resets_unopened += 1
            return
        record_reset(self.journal, self.progress)

    async def complete(self) -> WorkOutcome:
        self.gates.standing.end()
        await self.sla.end()
        lesson = lesson_of(self.progress)
        self.journal.record(OrchestrationCompleted(commit=self.progress.commit, outcome=lesson))
        await self._close(OrchestrationStatus.COMPLETED)
        return self.outcome(OrchestrationStatus.COMPLETED)

    async def break_off(self, error: BaseException) -> None:
        """Leaves the last events of a run that was cancelled or has failed."""
        if self.progress.status.terminal:
            await self.flush()  # What came too late ends nothing a second time.
            return
        cancelled = was_cancelled(error)
        status = OrchestrationStatus.CANCELLED if cancelled else OrchestrationStatus.FAILED
        why = ("Cancelled", "the run was cancelled") if cancelled else said_by(error)
        self.gates.void(why[1])
        record_interruption(self.journal, self.progress, status, why)
        await self.sla.end()
        if cancelled:
            record_cancelled(self.journal, self.progress, workflow.cancellation_reason())
        else:
            lesson = lesson_of(self.progress)
            failed = OrchestrationFailed(error_type=why[0], reason=why[1], outcome=lesson)
            self.journal.record(failed)
        await self._close(status, ": ".join(why))

    async def _close(self, status: OrchestrationStatus, why: str = "") -> None:
        self.progress.status, self.progress.awaited = status, None
        self.tell()
        await tell_ticket(self.order, self.progress, why)
        await self.flush()

    async def flush(self) -> None:
        """Where nothing else is to run, the journal goes by itself."""
        await self._writing.finish()

    async def _show(self) -> None:
        """Before anything is waited for: to the Web UI and to the tables."""
        self.tell()
        await self.flush()

    def tell(self) -> None:
        tell(self.progress)

    def outcome(self, status: OrchestrationStatus) -> WorkOutcome:
        return work_outcome(self.order, self.progress, status)
