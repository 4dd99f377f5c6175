"""The first and last events of an orchestration, made of what was opened and what was done."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from contracts.events import (
        CheckpointRestored,
        OrchestrationCancelled,
        OrchestrationStarted,
        PhaseFailed,
        RunReset,
    )
    from contracts.events.orchestrations import Outcome
    from contracts.identity import SYSTEM, person
    from contracts.jira_work import Cancellation, WorkOrder, WorkOutcome
    from contracts.opening import Opened
    from contracts.orchestrations import OrchestrationStatus
    from contracts.phases import Phase, PhaseStatus
    from policy.branches import branch_after_reset
    from policy.lessons import is_lesson
    from policy.patterns import signature_of
    from workflows.journal import Journal
    from workflows.progress import Progress
    from workflows.spoken import clean


def record_start(journal: Journal, order: WorkOrder, opened: Opened, workflow_id: str) -> None:
    opening = opened.opening
    journal.open(opening.organization_id, opening.orchestration_id)
    started = OrchestrationStarted(
        project_id=opening.project_id,
        attempt=opening.attempt,
        workflow_id=workflow_id,
        requested_by=order.requested_by,
        branch=opening.branch,
        base_commit=opening.base_commit,
        start_commit=opening.start_commit if opening.restored is not None else "",
        ticket=opening.ticket,
        ticket_hash=opening.ticket_hash,
        playbook=opening.playbook,
        playbook_reason=opening.playbook_reason,
        options=opened.options or order.options,
        team=opening.team,
        choices=opened.choices,
        taken_over=opened.taken_over,
    )
    journal.record(started, actor=person(order.requested_by))
    if opening.restored is not None:
        state = opening.restored.state
        restored = CheckpointRestored(commit=opening.restored.commit, state=state)
        journal.record(restored, phase=state.phase)


def record_reset(journal: Journal, progress: Progress) -> None:
    """From here on the run's facts and its commits are a new branch."""
    progress.resets += 1
    progress.branch = branch_after_reset(progress.opening.branch, progress.resets)
    reset = RunReset(resets=progress.resets, branch=progress.branch, base_commit=progress.commit)
    journal.record(reset)


def record_interruption(
    journal: Journal, progress: Progress, status: OrchestrationStatus, why: tuple[str, str]
) -> None:
    """Of the phase that was running when the work ended, if there was one. `why` is a type and
    a reason."""
    step = progress.step
    if step is None or not progress.story or progress.story[-1].completed_at:
        return
    error_type, reason = why
    worked = progress.worked_for(workflow.now())
    broken = PhaseFailed(round=step.round, duration=worked, error_type=error_type, reason=reason)
    journal.record(broken, phase=step.phase)


def record_cancelled(journal: Journal, progress: Progress, said: str | None) -> None:
    """`said` is what Temporal handed on with the cancellation."""
    heard = clean(Cancellation.heard(said or ""))
    actor = person(heard.by) if heard.by else SYSTEM
    cancelled = OrchestrationCancelled(reason=heard.reason, outcome=outcome_of(progress))
    journal.record(cancelled, actor=actor)


def lesson_of(progress: Progress) -> Outcome | None:
    """What similar tickets learn from an attempt that ran to its own end, if anything."""
    taught = is_lesson(progress.opening, progress.story, progress.summaries)
    return outcome_of(progress) if taught else None


def outcome_of(progress: Progress) -> Outcome:
    """What `task_outcomes` remembers of it."""
    tests, ticket = progress.last_tests, progress.opening.ticket
    planned = (path for one in progress.summaries for step in one.plan for path in step.files)
    return Outcome(
        issue_type=ticket.type,
        agents_used=tuple(dict.fromkeys(progress.agents_used)),
        tests_passed=tests.green if tests else None,
        bug_count=tests.failed if tests else None,
        rework_count=sum(
            1
            for done in progress.story
            if done.phase is Phase.FIX and done.status is not PhaseStatus.SKIPPED
        ),
        summary=progress.summaries[-1].summary if progress.summaries else "",
        signature=signature_of(ticket, progress.changed or planned),
    )


def work_outcome(order: WorkOrder, progress: Progress, status: OrchestrationStatus) -> WorkOutcome:
    """What the run answers."""
    assert progress.opened is not None
    opening, dry = progress.opened.opening, order.options.dry_run
    return WorkOutcome(
        orchestration_id=opening.orchestration_id,
        attempt=opening.attempt,
        status=None if dry else status,
        branch=progress.branch,
        commit=progress.commit,
        dry_run=dry,
        planned=progress.opened.planned if dry else (),
        taken_over=progress.opened.taken_over if dry else None,
    )
